package org.teller.spark;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.Trigger;
import org.teller.spark.TellerException.Remedy;

/**
 * The driver's loop: one streaming query after the other, each begun from what the store has
 * committed.
 *
 * <p>Spark's own memory of where it was is worth nothing here: each query has a fresh checkpoint,
 * its offsets are the store's positions, and whatever goes wrong (a refusal, a gap, a lost
 * database, a lost executor) ends in the same way: the query is stopped and the next one begins
 * from the store. What was counted and not committed is simply counted again; the store takes every
 * step once.
 *
 * <p>If the driver dies at any point, that is the same case again.
 *
 * <p>{@link #run} belongs to one thread; Spark calls {@link #countBatch} from another.
 */
final class CountLoop {
  /**
   * Between two looks at the topic and at the store (an officer may have cleared a partition), and
   * between two lines that report.
   */
  private static final Duration LOOK_EVERY = Duration.ofSeconds(3);

  /** How long a partition whose segments cannot be read or written is left out. */
  private static final Duration LEFT_OUT_FOR = Duration.ofSeconds(15);

  private static final long BACKOFF_FIRST_MS = 200;
  private static final long BACKOFF_MAX_MS = 10_000;

  /** How long a Spark without executors is waited for. */
  private static final Duration NO_EXECUTOR_FOR = Duration.ofSeconds(60);

  /** How long the micro-batch under way may take to end when the query must. */
  private static final Duration BATCH_MAY_END_IN = Duration.ofSeconds(15);

  /** How long Spark may take to end a query in which no micro-batch is under way. */
  static final Duration QUERY_MAY_END_IN = Duration.ofSeconds(30);

  /**
   * The Spark session is worth nothing any more: it was stopped, has had no executor for long (a
   * master that died and came back knows nothing of its applications), or has a query that does not
   * end. With another one, go on.
   */
  static final class SessionGone extends RuntimeException {
    private static final long serialVersionUID = 1;

    SessionGone(String because) {
      super(because, null, false, false);
    }
  }

  /** Ends a query; the next one begins from the store. Not an error of anybody. */
  private static final class StartAgain extends RuntimeException {
    private static final long serialVersionUID = 1;

    StartAgain(String because) {
      super(because, null, false, false);
    }
  }

  private final SparkSession spark;
  private final NativeConfig.Settings settings;
  private final NativeConfig.Count count;
  private final NativeStore store;
  private final Topic topic;
  private final Broadcast<Ground> ground;
  private final long offsetsPerTrigger;

  private final CountDownLatch stopping = new CountDownLatch(1);
  // Held while a micro-batch is between its first look at the store and the end of its commit.
  private final ReentrantLock batch = new ReentrantLock();
  // Why this query must end, once a micro-batch has found it; later ones do nothing then. Not
  // thrown through Spark, which would print a page about what is an ordinary event here.
  private volatile RuntimeException queryOver;
  private volatile boolean committedSomething;
  // The first query reads the topic from 0 although all of it may be counted: what lies below the
  // position is skipped, and nothing changes. For a rehearsal, and for the test of just that.
  private boolean readAllAgain = System.getenv("TELLER_SPARK_FROM_START") != null;
  // Until when a partition is left out of the queries; for ever: until somebody removes it.
  private final Map<Integer, Instant> leftOut = new ConcurrentHashMap<>();
  private final Map<Integer, Long> gapsSeen = new HashMap<>();
  private Set<Integer> assigned = Set.of();
  private boolean idle;
  private Instant executorSeen = Instant.now();
  private final Report report = new Report();
  private final Rebuild rebuild;
  private final StoreSource stores;
  private final ExecutorService rebuilding =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "rebuild");
            thread.setDaemon(true);
            return thread;
          });

  /** Opens a store of its own for another thread. */
  interface StoreSource {
    NativeStore open();
  }

  CountLoop(
      SparkSession spark,
      NativeConfig.Settings settings,
      NativeConfig.Count count,
      Ground ground,
      NativeStore store,
      StoreSource stores,
      Topic topic,
      long offsetsPerTrigger) {
    this.spark = spark;
    this.settings = settings;
    this.count = count;
    this.store = store;
    this.stores = stores;
    this.topic = topic;
    this.offsetsPerTrigger = offsetsPerTrigger;
    this.ground = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(ground);
    this.rebuild = new Rebuild(spark, settings, this.ground);
  }

  /** From any thread: run() returns when the micro-batch under way is committed. */
  void stop() {
    stopping.countDown();
  }

  /**
   * Counts until stop(). Throws what only a person can put right, and SessionGone; waits for
   * everything else.
   */
  void run() throws InterruptedException {
    long backoff = BACKOFF_FIRST_MS;
    while (stopping.getCount() > 0) {
      if (spark.sparkContext().isStopped()) throw new SessionGone("Spark has stopped the session");
      committedSomething = false;
      try {
        runOneQuery();
        continue;
      } catch (StartAgain e) {
        Events.info("spark.query_again", "because", e.getMessage());
      } catch (TellerException e) {
        if (e.remedy() == Remedy.REJECT || e.remedy() == Remedy.STOP) throw e;
        Events.warn("spark.query_again", "because", e.getMessage());
      } catch (SessionGone e) {
        throw e;
      } catch (RuntimeException e) { // Of Spark's: a session that is going away, for instance.
        Events.warn("spark.query_again", "because", e);
      }
      if (committedSomething) backoff = BACKOFF_FIRST_MS;
      sleep(backoff);
      backoff = Math.min(2 * backoff, BACKOFF_MAX_MS);
    }
  }

  private void sleep(long ms) throws InterruptedException {
    stopping.await(ms, TimeUnit.MILLISECONDS);
  }

  /** Returns when it is time to stop, or when nothing is to do; else it throws. */
  private void runOneQuery() throws InterruptedException {
    topic.isThatOf(store, count);
    List<PartitionAt> committed = store.positions();
    Map<Integer, Long> from = startingPositions(committed);
    assigned = from.keySet();
    if (from.isEmpty()) {
      if (!idle) Events.warn("spark.nothing_to_read", "because", "all partitions are halted");
      idle = true;
      sleep(LOOK_EVERY.toMillis());
      return;
    }
    idle = false;

    String checkpoint = "/teller-count/" + UUID.randomUUID();
    queryOver = null;
    StreamingQuery query = null;
    if (readAllAgain) from.replaceAll((partition, position) -> 0L);
    readAllAgain = false;
    try {
      query = start(from, checkpoint);
      Events.info("spark.query_started", "partitions", assigned, "from", new TreeMap<>(from));
      watch(query);
    } catch (StreamingQueryException e) {
      throw new TellerException("spark.query_failed", Remedy.RETRY, rootOf(e).toString());
    } finally {
      if (query != null) stopQuietly(query);
      MemoryCheckpoint.forget(checkpoint);
    }
  }

  private Map<Integer, Long> startingPositions(List<PartitionAt> committed) {
    leftOut.values().removeIf(until -> Instant.now().isAfter(until));
    return committed.stream()
        .filter(at -> !at.halted() && !leftOut.containsKey(at.partition()))
        .collect(Collectors.toMap(PartitionAt::partition, PartitionAt::position));
  }

  private StreamingQuery start(Map<Integer, Long> from, String checkpoint) {
    Map<String, String> options = new HashMap<>();
    Topic.client(settings, CountJob.IDENTITY)
        .forEach((key, value) -> options.put("kafka." + key, value));
    options.put("assign", "{\"" + settings.topic() + "\":" + new TreeSet<>(from.keySet()) + "}");
    options.put("startingOffsets", offsetsJson(from));
    options.put("failOnDataLoss", "true");
    options.put("maxOffsetsPerTrigger", Long.toString(offsetsPerTrigger));
    // A micro-batch that reads up to the end would wait half a second for more.
    options.put("kafka.fetch.max.wait.ms", "20");
    options.put("kafka.max.partition.fetch.bytes", Integer.toString(8 << 20));
    Dataset<Row> records =
        spark
            .readStream()
            .format("kafka")
            .options(options)
            .load()
            .select(
                Stream.of(StepTask.COLUMNS)
                    .map(functions::col)
                    .toArray(org.apache.spark.sql.Column[]::new));
    try {
      return records
          .writeStream()
          .queryName("count")
          .option("checkpointLocation", "file://" + checkpoint)
          .trigger(Trigger.ProcessingTime(count.stepIntervalMs(), TimeUnit.MILLISECONDS))
          .foreachBatch(
              (rows, number) -> {
                countBatch(rows);
              })
          .start();
    } catch (TimeoutException e) {
      throw new TellerException("spark.query_failed", Remedy.RETRY, e.toString());
    }
  }

  private String offsetsJson(Map<Integer, Long> from) {
    return from.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> "\"" + e.getKey() + "\":" + e.getValue())
        .collect(Collectors.joining(",", "{\"" + settings.topic() + "\":{", "}}"));
  }

  /** Until it ends by itself (then it throws), or until it must. */
  private void watch(StreamingQuery query) throws InterruptedException, StreamingQueryException {
    Instant lookAt = Instant.now().plus(LOOK_EVERY);
    while (stopping.getCount() > 0) {
      if (query.awaitTermination(50)) throw new StartAgain("the query has ended");
      if (queryOver != null) throw queryOver;
      if (Instant.now().isBefore(lookAt)) continue;
      lookAt = Instant.now().plus(LOOK_EVERY);
      lookAtExecutors();
      List<PartitionAt> committed;
      try {
        topic.isThatOf(store, count);
        committed = store.positions();
        report.maybe(query, committed);
      } catch (TellerException e) {
        if (e.remedy() == Remedy.RETRY) continue; // The next micro-batch will find it too.
        throw e;
      }
      if (!startingPositions(committed).keySet().equals(assigned)) {
        throw new StartAgain("which partitions can be counted has changed");
      }
    }
  }

  private void lookAtExecutors() {
    SparkContext context = spark.sparkContext();
    // The driver itself is one of them; with a local master it is the only one.
    boolean some = context.isLocal() || context.statusTracker().getExecutorInfos().length > 1;
    if (some) executorSeen = Instant.now();
    if (Instant.now().isAfter(executorSeen.plus(NO_EXECUTOR_FOR))) {
      throw new SessionGone("no executor for " + NO_EXECUTOR_FOR.toSeconds() + " s");
    }
  }

  /**
   * Waits for the micro-batch under way, whose commit is worth having; then no more are begun.
   *
   * <p>Spark can lose the interrupt by which it ends a query (SPARK-57963), and would wait for ever.
   * Such a query is left behind with its session.
   */
  private void stopQuietly(StreamingQuery query) throws InterruptedException {
    if (!batch.tryLock(BATCH_MAY_END_IN.toMillis(), TimeUnit.MILLISECONDS)) {
      spark.sparkContext().cancelAllJobs();
      batch.lock();
    }
    try {
      if (queryOver == null) queryOver = new StartAgain("it was told to end");
    } finally {
      batch.unlock(); // Not held while Spark waits for a thread that may wait for it.
    }
    try {
      query.stop();
    } catch (TimeoutException e) {
      throw new SessionGone("a query does not end: " + e.getMessage());
    }
  }

  /** One micro-batch: positions from the store, a task a partition, one transaction. */
  private void countBatch(Dataset<Row> rows) throws InterruptedException {
    batch.lockInterruptibly();
    try {
      if (queryOver == null) countBatchLocked(rows);
    } catch (StartAgain | TellerException e) {
      queryOver = e;
    } finally {
      batch.unlock();
    }
  }

  private void countBatchLocked(Dataset<Row> rows) {
    List<PartitionAt> before = store.positions();
    Map<Integer, PartitionAt> committed =
        before.stream().collect(Collectors.toMap(PartitionAt::partition, at -> at));
    List<Step.Outcome> outcomes =
        rows.javaRDD().mapPartitions(new StepTask(ground, committed)).collect();

    List<String> reasons = new ArrayList<>();
    commit(outcomes, reasons);
    for (Step.Outcome outcome : outcomes) {
      if (outcome.error() != null) reasons.add(setAside(outcome.error()));
    }
    if (!reasons.isEmpty()) throw new StartAgain(String.join("; ", reasons));
  }

  private void commit(List<Step.Outcome> outcomes, List<String> reasons) {
    List<Step.Outcome> steps = outcomes.stream().filter(o -> o.change() != null).toList();
    if (steps.isEmpty()) return;
    long nowMicros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    NativeStore.Commit done =
        store.commit(steps.stream().map(Step.Outcome::change).toList(), nowMicros);
    int accepted = 0;
    for (int i = 0; i < steps.size(); ++i) {
      NativeStore.Verdict verdict = done.verdicts().get(i);
      if (verdict.accepted()) {
        ++accepted;
        gapsSeen.remove(steps.get(i).partition());
      } else {
        reasons.add(
            "partition "
                + steps.get(i).partition()
                + " refused: "
                + verdict.code()
                + ": "
                + verdict.detail());
      }
    }
    committedSomething |= accepted > 0;
    report.add(done.number(), accepted, steps.stream().mapToLong(Step.Outcome::records).sum());
  }

  /**
   * What to do with a partition that could not be counted: a bad record halts it, until an officer
   * has looked; a hole may be one of this query and is believed the second time; a lost segment is
   * computed again; what else is wrong with the segments may be right again soon.
   */
  private String setAside(TellerException error) {
    int partition = error.partition();
    if (error.code().equals("segments.missing")) {
      Events.warn("spark.segments_missing", "partition", partition, "because", error.getMessage());
      leftOut.put(partition, Instant.MAX);
      rebuilding.execute(() -> rebuildSegments(partition));
    } else if (error.offset() == TellerException.NOWHERE) {
      leftOut.put(partition, Instant.now().plus(LEFT_OUT_FOR));
      Events.error(
          "spark.partition_left_out", "partition", partition, "because", error.getMessage());
    } else if (error.code().equals("journal.gap")
        && !Long.valueOf(error.offset()).equals(gapsSeen.put(partition, error.offset()))) {
      Events.warn("spark.gap", "partition", partition, "because", error.getMessage());
    } else {
      store.halt(partition, error.getMessage());
      Events.error("spark.partition_halted", "partition", partition, "because", error.getMessage());
    }
    return error.getMessage();
  }

  /** In the thread that rebuilds, while the other partitions are counted. */
  private void rebuildSegments(int partition) {
    Instant until = Instant.now().plus(LEFT_OUT_FOR);
    try (NativeStore own = stores.open()) {
      int segments = rebuild.run(own, partition);
      Events.info("spark.segments_rebuilt", "partition", partition, "segments", segments);
      until = Instant.now();
    } catch (RuntimeException e) {
      Events.error("spark.rebuild_failed", "partition", partition, "because", e);
      if (e instanceof TellerException error && error.code().equals("segments.other")) {
        store.halt(partition, error.getMessage());
      }
    } finally {
      leftOut.put(partition, until);
    }
  }

  /** A line every few seconds while something is counted. */
  private static final class Report {
    private Instant since = Instant.now();
    private long commit, commits, steps, records;

    synchronized void add(long number, int accepted, long recordsNow) {
      commit = number;
      ++commits;
      steps += accepted;
      records += recordsNow;
    }

    /** {@code committed}: as the store has it now. */
    synchronized void maybe(StreamingQuery query, List<PartitionAt> committed) {
      if (commits == 0) return;
      Events.info(
          "spark.counted",
          "commit",
          commit,
          "entries",
          committed.stream().mapToLong(PartitionAt::recorded).sum(),
          "commits",
          commits,
          "steps",
          steps,
          "records",
          records,
          "seconds",
          Duration.between(since, Instant.now()).toMillis() / 1000.0,
          "last_batch_ms",
          durations(query));
      since = Instant.now();
      commits = steps = records = 0;
    }
  }

  /** Where the time of the last micro-batch went, as Spark says. */
  private static String durations(StreamingQuery query) {
    StreamingQueryProgress progress = query.lastProgress();
    return progress == null ? "" : new TreeMap<>(progress.durationMs()).toString();
  }

  private static Throwable rootOf(Throwable e) {
    while (e.getCause() != null && e.getCause() != e) e = e.getCause();
    return e;
  }
}
