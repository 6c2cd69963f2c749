package org.teller.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.teller.spark.NativeStore.MissingStep;
import org.teller.spark.TellerException.Remedy;

/**
 * Puts back segments that are gone: reads the records of each such step from Kafka once more and
 * counts them on the state before it. The same records on the same state give the same bytes, under
 * the hash that the store names.
 *
 * <p>Runs beside the query that counts the other partitions, with a store of its own. Being ended
 * half-way costs nothing: a segment is there or is not.
 */
final class Rebuild {
  private static final int AT_ONCE = 100;

  private final SparkSession spark;
  private final NativeConfig.Settings settings;
  private final Broadcast<Ground> ground;

  Rebuild(SparkSession spark, NativeConfig.Settings settings, Broadcast<Ground> ground) {
    this.spark = spark;
    this.settings = settings;
    this.ground = ground;
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
      for (List<MissingStep> run : runs(missing)) count(partition, run);
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

  /** Cuts {@code steps} where one does not begin at the end of the one before. */
  static List<List<MissingStep>> runs(List<MissingStep> steps) {
    List<List<MissingStep>> runs = new ArrayList<>();
    long end = -1;
    for (MissingStep step : steps) {
      if (step.before().position() != end) runs.add(new ArrayList<>());
      runs.get(runs.size() - 1).add(step);
      end = step.to();
    }
    return runs;
  }

  private void count(int partition, List<MissingStep> run) {
    Map<String, String> options = new HashMap<>();
    Topic.client(settings, CountJob.IDENTITY)
        .forEach((key, value) -> options.put("kafka." + key, value));
    options.put("assign", "{\"" + settings.topic() + "\":[" + partition + "]}");
    options.put("startingOffsets", offset(partition, run.get(0).before().position()));
    options.put("endingOffsets", offset(partition, last(run).to()));
    options.put("failOnDataLoss", "true");
    List<Step.Outcome> outcomes =
        spark
            .read()
            .format("kafka")
            .options(options)
            .load()
            .select(Stream.of(StepTask.COLUMNS).map(functions::col).toArray(Column[]::new))
            .javaRDD()
            .mapPartitions(new Task(ground, List.copyOf(run)))
            .collect();
    for (Step.Outcome outcome : outcomes) {
      if (outcome.error() != null) throw outcome.error();
    }
  }

  /** Counts one step after the other, and says what went wrong. */
  private static final class Task implements FlatMapFunction<Iterator<Row>, Step.Outcome> {
    private static final long serialVersionUID = 1;

    private final Broadcast<Ground> ground;
    private final List<MissingStep> steps;

    Task(Broadcast<Ground> ground, List<MissingStep> steps) {
      this.ground = ground;
      this.steps = steps;
    }

    @Override
    public Iterator<Step.Outcome> call(Iterator<Row> rows) {
      Ground with = ground.value();
      for (MissingStep step : steps) {
        Step again = new Step(Map.of(step.before().partition(), step.before()));
        for (long offset = step.before().position(); offset < step.to() && rows.hasNext(); ) {
          Row row = rows.next();
          again.add(row.getInt(0), row.getLong(1), row.getAs(2));
          offset = row.getLong(1) + 1;
        }
        Optional<Step.Outcome> outcome = again.count(with::open);
        if (outcome.isPresent() && outcome.get().error() != null) {
          return List.of(outcome.get()).iterator();
        }
      }
      return List.<Step.Outcome>of().iterator();
    }
  }

  private String offset(int partition, long offset) {
    return "{\"" + settings.topic() + "\":{\"" + partition + "\":" + offset + "}}";
  }
}
