package org.teller.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;

/** A Spark task: each {@link Share} becomes one {@link Step}. Runs in the executors. */
final class StepTask implements FlatMapFunction<Iterator<Share>, Step.Outcome> {
  private static final long serialVersionUID = 1;

  private final Broadcast<Definition> definition;

  StepTask(Broadcast<Definition> definition) {
    this.definition = definition;
  }

  @Override
  public Iterator<Step.Outcome> call(Iterator<Share> shares) {
    Definition with = definition.value();
    List<Step.Outcome> outcomes = new ArrayList<>();
    while (shares.hasNext()) count(with, shares.next()).ifPresent(outcomes::add);
    return outcomes.iterator();
  }

  /** Reads the records and counts them; nothing when none of them is new. */
  static Optional<Step.Outcome> count(Definition with, Share share) {
    Step step = new Step(share.committed());
    try (TopicReader reader = TopicReader.of(with, share.partition())) {
      reader.read(share.from(), share.to(), step::add);
      Optional<Step.Outcome> outcome = step.count(with::open);
      // What this reader gave is doubted together with what was made of it.
      if (outcome.isEmpty() || outcome.get().error() == null) reader.reuse();
      return outcome;
    } catch (TellerException e) {
      return Optional.of(Step.Outcome.failed(share.partition(), e));
    }
  }
}
