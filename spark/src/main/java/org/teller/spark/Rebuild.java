package org.teller.spark;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.teller.spark.NativeStore.MissingStep;
import org.teller.spark.TellerException.Remedy;

/**
 * Puts back segments that are gone: reads the records of each such step from Kafka once more and
 * counts them on the state before it. The same records on the same state give the same bytes, under
 * the hash that the store names.
 *
 * <p>Runs beside the rounds that count the other partitions, with a store of its own. Being ended
 * half-way costs nothing: a segment is there or is not.
 */
final class Rebuild {
  private static final int AT_ONCE = 100;

  private final JavaSparkContext spark;
  private final NativeConfig.Settings settings;
  private final Broadcast<Definition> definition;

  Rebuild(
      JavaSparkContext spark, NativeConfig.Settings settings, Broadcast<Definition> definition) {
    this.spark = spark;
    this.settings = settings;
    this.definition = definition;
  }

  /**
   * Returns how many were put back.
   *
   * <p>Errors: those of a step; stop segments.other (the journal does not give the segment that the
   * store names; with the offset at which that step begins).
   */
  int run(NativeStore store, int partition) {
    int done = 0;
    while (true) {
      List<MissingStep> missing =
          store.missingSteps(partition, settings.segments().toString(), AT_ONCE);
      if (missing.isEmpty()) return done;
      count(missing);
      done += missing.size();
      List<MissingStep> still = store.missingSteps(partition, settings.segments().toString(), 1);
      if (!still.isEmpty() && still.get(0).before().number() <= last(missing).before().number()) {
        PartitionAt before = still.get(0).before();
        throw new TellerException(
            "segments.other",
            Remedy.STOP,
            "step " + (before.number() + 1) + " counted again is not the one that was committed",
            partition,
            before.position());
      }
    }
  }

  private static MissingStep last(List<MissingStep> steps) {
    return steps.get(steps.size() - 1);
  }

  /** In one task, since each is counted on the one before. */
  private void count(List<MissingStep> missing) {
    List<Share> shares =
        missing.stream()
            .map(step -> new Share(step.before(), step.before().position(), step.to()))
            .toList();
    List<Step.Outcome> failed =
        spark.parallelize(shares, 1).mapPartitions(new Task(definition)).collect();
    if (!failed.isEmpty()) throw failed.get(0).error();
  }

  /** Counts one step after the other until one goes wrong, and says what did. */
  private static final class Task implements FlatMapFunction<Iterator<Share>, Step.Outcome> {
    private static final long serialVersionUID = 1;

    private final Broadcast<Definition> definition;

    Task(Broadcast<Definition> definition) {
      this.definition = definition;
    }

    @Override
    public Iterator<Step.Outcome> call(Iterator<Share> shares) {
      while (shares.hasNext()) {
        Optional<Step.Outcome> outcome = StepTask.count(definition.value(), shares.next());
        if (outcome.isPresent() && outcome.get().error() != null) {
          return List.of(outcome.get()).iterator();
        }
      }
      return List.<Step.Outcome>of().iterator();
    }
  }
}
