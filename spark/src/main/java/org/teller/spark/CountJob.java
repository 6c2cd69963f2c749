package org.teller.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.teller.spark.TellerException.Remedy;
import sun.misc.Signal;

/**
 * The Spark job of the service form: counts the Kafka topic `entries` into PostgreSQL.
 *
 * <p>Started by spark/run.sh with the path of teller.toml. Knows no rule of the count: records go
 * into libteller.so in the executors, changes come out, and libteller.so in the driver commits them.
 *
 * <p>Exit codes: 0 stopped by SIGTERM or SIGINT, with everything committed that was counted; 2 wrong
 * usage; 3 could not go on, and the last line says why.
 */
public final class CountJob {
  /** Whose certificate this job has. */
  static final String IDENTITY = "spark";

  private CountJob() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      System.err.println("usage: spark/run.sh TELLER.TOML");
      System.exit(2);
    }
    int code;
    try {
      code = run(Path.of(args[0]).toAbsolutePath());
    } catch (TellerException e) {
      Events.error("spark.stopped", "because", e.getMessage());
      code = 3;
    } catch (Throwable e) {
      Events.error("spark.stopped", "because", e.toString());
      e.printStackTrace();
      code = 3;
    }
    System.exit(code); // Threads of Kafka or Spark that hang must not keep it alive.
  }

  private static int run(Path config) throws IOException, InterruptedException {
    NativeConfig.Settings settings = NativeConfig.settings(config);
    byte[] countFile = Files.readAllBytes(settings.countHome().resolve("count.json"));
    byte[] rules = Files.readAllBytes(settings.countHome().resolve("rules.json"));
    NativeConfig.Count count = NativeConfig.count(countFile);
    Files.createDirectories(settings.segments());
    Definition definition =
        new Definition(
            rules,
            countFile,
            settings.segments().toString(),
            settings.topic(),
            Topic.client(settings, IDENTITY));

    CountDownLatch stopping = new CountDownLatch(1);
    for (String signal : new String[] {"TERM", "INT"}) {
      Signal.handle(
          new Signal(signal),
          s -> {
            NativeStore.wantStop();
            stopping.countDown();
          });
    }

    Events.info(
        "spark.starting",
        "count",
        count.id(),
        "mode",
        count.mode(),
        "partitions",
        count.partitions(),
        "step_interval_ms",
        count.stepIntervalMs());
    // What only a person can put right is found before Spark is started.
    try (Topic topic = new Topic(settings, IDENTITY);
        NativeStore store = waitFor(stopping, () -> new NativeStore(settings.store(), countFile))) {
      if (store == null || waitFor(stopping, () -> topic.standing(store, count)) == null) return 0;

      while (stopping.getCount() > 0) {
        JavaSparkContext spark = waitFor(stopping, () -> session(count));
        if (spark == null) break;
        try {
          CountLoop loop =
              new CountLoop(
                  spark,
                  settings,
                  count,
                  definition,
                  store,
                  () -> new NativeStore(settings.store(), countFile),
                  topic,
                  recordsMax(count));
          whenOver(stopping, loop::stop);
          loop.run();
        } catch (CountLoop.SessionGone e) {
          Events.warn("spark.session_again", "because", e.getMessage());
        } finally {
          spark.stop();
        }
      }
    }
    Events.info("spark.stopped", "because", "it was told to");
    return 0;
  }

  private static void whenOver(CountDownLatch stopping, Runnable then) {
    Thread stopper =
        new Thread(
            () -> {
              try {
                stopping.await();
                then.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    stopper.setDaemon(true);
    stopper.start();
  }

  private static JavaSparkContext session(NativeConfig.Count count) {
    SparkConf conf =
        new SparkConf()
            .setAppName("teller-count-" + count.id().substring(0, 8))
            .set("spark.log.level", "WARN")
            // A service runs for weeks: the driver keeps a page of the past, not all of it.
            .set("spark.ui.retainedJobs", "50")
            .set("spark.ui.retainedStages", "50")
            .set("spark.ui.retainedTasks", "1000")
            // Counting is C++; Java only hands bytes on. The second compiler would cost more than
            // it gives.
            .set("spark.executor.extraJavaOptions", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1");
    String library = System.getenv(NativeLibrary.VARIABLE);
    if (library != null) {
      conf.setExecutorEnv(NativeLibrary.VARIABLE, Path.of(library).toAbsolutePath().toString());
    }
    try {
      return new JavaSparkContext(SparkContext.getOrCreate(conf));
    } catch (Exception e) { // Scala throws what it likes; above all, no master answers.
      throw new TellerException("spark.unavailable", Remedy.RETRY, e.toString());
    }
  }

  /** Tries until it succeeds; null when it is told to stop meanwhile. Throws what will not pass. */
  private static <T> T waitFor(CountDownLatch stopping, Supplier<T> attempt)
      throws InterruptedException {
    while (true) {
      try {
        return attempt.get();
      } catch (TellerException e) {
        if (e.remedy() != Remedy.RETRY) throw e;
        Events.warn("spark.waiting", "because", e.getMessage());
      }
      if (stopping.await(1, TimeUnit.SECONDS)) return null;
    }
  }

  /**
   * Bounds what a round holds in memory. A record is at most about 64 KiB; a task gets its share by
   * lag, at worst all of it.
   */
  private static long recordsMax(NativeConfig.Count count) {
    String set = System.getenv("TELLER_SPARK_RECORDS_MAX");
    return set != null ? Long.parseLong(set) : 1000L * count.partitions();
  }
}
