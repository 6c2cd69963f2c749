package org.teller.spark;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.teller.spark.TellerException.Remedy;

/**
 * The driver's loop, one round after the other: the store's positions, the topic's ends, one Spark
 * job that counts what lies between, one transaction.
 *
 * <p>Nothing that counts is kept from one round to the next. Whatever goes wrong (a refusal, a gap,
 * a lost database, a lost executor) ends the round, and the next one begins from the store: what
 * was counted and not committed is simply counted again; the store takes every step once.
 *
 * <p>If the driver dies at any point, that is the same case again.
 *
 * <p>{@link #run} belongs to one thread, which does everything but put back lost segments.
 */
final class CountLoop {
  private static final long BACKOFF_FIRST_MS = 200;
  private static final long BACKOFF_MAX_MS = 10_000;

  /**
   * The Spark session is worth nothing any more: it was stopped, or has had no executor for long (a
   * master that died and came back knows nothing of its applications). With another one, go on.
   */
  static final class SessionGone extends RuntimeException {
    private static final long serialVersionUID = 1;

    SessionGone(String because) {
      super(because, null, false, false);
    }
  }

  private final JavaSparkContext spark;
  private final NativeConfig.Count count;
  private final NativeStore store;
  private final Topic topic;
  private final long recordsMax;
  private final RoundTasks tasks;
  private final SetAside setAside;
  private final Report report = new Report();
  private final CountDownLatch stopping = new CountDownLatch(1);

  // Where a partition is read from if not from its position: everything is read again although it
  // may be counted. For a rehearsal, and for the test of just that.
  private final Map<Integer, Long> readAgainFrom = new HashMap<>();
  private Map<Integer, Long> countingFrom; // What the last spark.counting said, if anything did.

  /**
   * {@code recordsMax}: how many a round takes at most. {@code stores}: opens one for another
   * thread.
   */
  CountLoop(
      JavaSparkContext spark,
      NativeConfig.Settings settings,
      NativeConfig.Count count,
      Definition definition,
      NativeStore store,
      SetAside.StoreSource stores,
      Topic topic,
      long recordsMax) {
    this.spark = spark;
    this.count = count;
    this.store = store;
    this.topic = topic;
    this.recordsMax = recordsMax;
    Broadcast<Definition> everywhere = spark.broadcast(definition);
    tasks = new RoundTasks(spark, everywhere, stopping);
    setAside = new SetAside(store, stores, new Rebuild(spark, settings, everywhere));
    if (System.getenv("TELLER_SPARK_FROM_START") != null) {
      for (int i = 0; i < count.partitions(); ++i) readAgainFrom.put(i, 0L);
    }
  }

  /** From any thread: run() returns when the round under way is committed. */
  void stop() {
    stopping.countDown();
  }

  /**
   * Counts until stop(). Throws what only a person can put right, and SessionGone; waits for
   * everything else.
   */
  void run() throws InterruptedException {
    try {
      long backoff = BACKOFF_FIRST_MS;
      while (stopping.getCount() > 0) {
        if (spark.sc().isStopped()) throw new SessionGone("Spark has stopped the session");
        Instant due = Instant.now().plusMillis(count.stepIntervalMs());
        Round round = new Round();
        try {
          round.run();
        } catch (TellerException e) {
          if (e.remedy() == Remedy.REJECT || e.remedy() == Remedy.STOP) throw e;
          round.reasons.add(e.getMessage());
        } catch (SessionGone e) {
          throw e;
        } catch (RuntimeException e) { // Of Spark's: a session that is going away, for instance.
          round.reasons.add(e.toString());
        }
        if (round.reasons.isEmpty() || round.accepted > 0) {
          backoff = BACKOFF_FIRST_MS;
        } else {
          due = Instant.now().plusMillis(backoff);
          backoff = Math.min(2 * backoff, BACKOFF_MAX_MS);
        }
        if (!round.reasons.isEmpty()) {
          Events.warn("spark.again", "because", String.join("; ", round.reasons));
        } else if (round.moreWaits) {
          continue;
        }
        stopping.await(Duration.between(Instant.now(), due).toMillis(), TimeUnit.MILLISECONDS);
      }
    } finally {
      setAside.close();
    }
  }

  /** One round, and what became of it. */
  private final class Round {
    /** Why something was not counted. */
    final List<String> reasons = new ArrayList<>();

    /** Steps that the store took. */
    int accepted;

    /** There was more than a round takes, and the interval is not waited for. */
    boolean moreWaits;

    void run() throws InterruptedException {
      Instant begun = Instant.now();
      Topic.Standing standing = topic.standing(store, count);
      report.maybe(standing.committed());
      List<Share> shares = shares(standing);
      if (shares.isEmpty()) return;
      Instant asked = Instant.now();
      List<Step.Outcome> outcomes = tasks.run(shares);
      for (Share share : shares) {
        readAgainFrom.computeIfPresent(share.partition(), (partition, from) -> share.to());
      }
      Instant counted = Instant.now();
      commit(outcomes);
      for (Step.Outcome outcome : outcomes) {
        if (outcome.error() != null) reasons.add(setAside.take(outcome.error()));
      }
      report.took(begun, asked, counted, Instant.now());
    }

    /** What there is to count, as much of it as a round takes; each partition's share by its lag. */
    private List<Share> shares(Topic.Standing standing) {
      List<Integer> silent =
          standing.committed().stream()
              .map(PartitionAt::partition)
              .filter(partition -> !standing.isKnown(partition))
              .toList();
      if (!silent.isEmpty()) {
        reasons.add("no answer from the leader of partition(s) " + silent);
      }
      List<Share> all =
          standing.committed().stream()
              .filter(at -> standing.isKnown(at.partition()) && setAside.isCountable(at))
              .map(at -> new Share(at, from(at, standing), standing.end(at.partition())))
              .toList();
      sayWhatIsCounted(all);
      List<Share> some = Share.limited(all, recordsMax);
      moreWaits =
          some.stream().mapToLong(Share::records).sum()
              < all.stream().mapToLong(Share::records).sum();
      return some;
    }

    private void commit(List<Step.Outcome> outcomes) {
      List<Step.Outcome> steps = outcomes.stream().filter(o -> o.change() != null).toList();
      if (steps.isEmpty()) return;
      long nowMicros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
      NativeStore.Commit done =
          store.commit(steps.stream().map(Step.Outcome::change).toList(), nowMicros);
      for (int i = 0; i < steps.size(); ++i) {
        int partition = steps.get(i).partition();
        NativeStore.Verdict verdict = done.verdicts().get(i);
        if (verdict.accepted()) {
          ++accepted;
          setAside.counted(partition);
        } else {
          reasons.add(
              "partition " + partition + " refused: " + verdict.code() + ": " + verdict.detail());
        }
      }
      report.add(done.number(), accepted, steps.stream().mapToLong(Step.Outcome::records).sum());
    }
  }

  private long from(PartitionAt at, Topic.Standing standing) {
    Long again = readAgainFrom.get(at.partition());
    if (again != null && again < at.position()) {
      return Math.max(again, standing.earliest(at.partition()));
    }
    readAgainFrom.remove(at.partition());
    return at.position();
  }

  /** A line when it is not what it was. */
  private void sayWhatIsCounted(List<Share> shares) {
    Map<Integer, Long> from =
        new TreeMap<>(shares.stream().collect(Collectors.toMap(Share::partition, Share::from)));
    if (countingFrom != null && countingFrom.keySet().equals(from.keySet())) return;
    countingFrom = from;
    if (from.isEmpty()) {
      Events.warn("spark.nothing_to_count", "because", "all partitions are halted or left out");
    } else {
      Events.info("spark.counting", "partitions", from.keySet(), "from", from);
    }
  }
}
