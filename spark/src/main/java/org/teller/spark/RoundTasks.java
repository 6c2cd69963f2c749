package org.teller.spark;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.scheduler.ExecutorCacheTaskLocation;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.teller.spark.TellerException.Remedy;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The Spark job of a round: a task for each partition, preferably in the executor that had the
 * partition before, which has its state and a connection. Another one is as good, only slower.
 */
final class RoundTasks {
  /** How long a Spark without executors is waited for. */
  private static final Duration NO_EXECUTOR_FOR = Duration.ofSeconds(60);

  /** How long the tasks may go on once the job is told to stop. */
  private static final Duration MAY_END_IN = Duration.ofSeconds(15);

  private static final ClassTag<Share> SHARE = ClassTag$.MODULE$.apply(Share.class);

  private final JavaSparkContext spark;
  private final Broadcast<Definition> definition;
  private final CountDownLatch stopping;

  RoundTasks(JavaSparkContext spark, Broadcast<Definition> definition, CountDownLatch stopping) {
    this.spark = spark;
    this.definition = definition;
    this.stopping = stopping;
  }

  /**
   * Waits for all of them, and cancels them if it does not.
   *
   * <p>Errors: SessionGone; retry spark.job_failed.
   */
  List<Step.Outcome> run(List<Share> shares) throws InterruptedException {
    JavaFutureAction<List<Step.Outcome>> job =
        placed(shares).mapPartitions(new StepTask(definition)).collectAsync();
    try {
      Instant executorSeen = Instant.now();
      Instant stopBy = Instant.MAX;
      while (true) {
        try {
          return job.get(500, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          Instant now = Instant.now();
          if (!executors().isEmpty() || spark.isLocal()) executorSeen = now;
          if (now.isAfter(executorSeen.plus(NO_EXECUTOR_FOR))) {
            throw new CountLoop.SessionGone(
                "no executor for "
                    + NO_EXECUTOR_FOR.toSeconds()
                    + " s: no worker answers, or other jobs have all cores");
          }
          if (stopping.getCount() == 0 && stopBy == Instant.MAX) stopBy = now.plus(MAY_END_IN);
          if (now.isAfter(stopBy)) throw failed("not over when the job had to stop");
        }
      }
    } catch (ExecutionException e) {
      throw failed(rootOf(e).toString());
    } finally {
      if (!job.isDone()) job.cancel(true);
    }
  }

  private static TellerException failed(String because) {
    return new TellerException("spark.job_failed", Remedy.RETRY, because);
  }

  private JavaRDD<Share> placed(List<Share> shares) {
    List<String> executors = executors();
    List<Tuple2<Share, Seq<String>>> tasks = new ArrayList<>();
    for (Share share : shares) {
      List<String> preferred =
          executors.isEmpty()
              ? List.of()
              : List.of(executors.get(share.partition() % executors.size()));
      tasks.add(new Tuple2<>(share, seq(preferred)));
    }
    return JavaRDD.fromRDD(spark.sc().makeRDD(seq(tasks), SHARE), SHARE);
  }

  /** Where tasks can run, always in the same order. With a local master: none. */
  private static List<String> executors() {
    BlockManager here = SparkEnv.get().blockManager();
    return CollectionConverters.asJava(here.master().getPeers(here.blockManagerId())).stream()
        .map(RoundTasks::location)
        .sorted()
        .toList();
  }

  private static String location(BlockManagerId executor) {
    return new ExecutorCacheTaskLocation(executor.host(), executor.executorId()).toString();
  }

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  private static Throwable rootOf(Throwable e) {
    while (e.getCause() != null && e.getCause() != e) e = e.getCause();
    return e;
  }
}
