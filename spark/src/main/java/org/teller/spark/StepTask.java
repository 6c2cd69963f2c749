package org.teller.spark;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;

/** A Spark task: the rows of one Kafka partition become one {@link Step}. Runs in the executors. */
final class StepTask implements FlatMapFunction<Iterator<Row>, Step.Outcome> {
  private static final long serialVersionUID = 1;

  /** The columns that the task reads, in this order. */
  static final String[] COLUMNS = {"partition", "offset", "value"};

  private final Broadcast<Ground> ground;
  private final Map<Integer, PartitionAt> committed;

  StepTask(Broadcast<Ground> ground, Map<Integer, PartitionAt> committed) {
    this.ground = ground;
    this.committed = committed;
  }

  @Override
  public Iterator<Step.Outcome> call(Iterator<Row> rows) {
    if (!rows.hasNext()) return List.<Step.Outcome>of().iterator();
    Step step = new Step(committed);
    while (rows.hasNext()) {
      Row row = rows.next();
      step.add(row.getInt(0), row.getLong(1), row.getAs(2));
    }
    return step.count(ground.value()::open).stream().iterator();
  }
}
