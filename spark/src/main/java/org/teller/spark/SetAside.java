package org.teller.spark;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The partitions that cannot be counted as things are, so that the others can: those that the store
 * says are halted, and those that are left out for a while. Belongs to the thread of the loop.
 */
final class SetAside implements AutoCloseable {
  /** How long a partition whose segments cannot be read or written is left out. */
  private static final Duration LEFT_OUT_FOR = Duration.ofSeconds(15);

  /** Opens a store of its own for another thread. */
  interface StoreSource {
    NativeStore open();
  }

  private final NativeStore store;
  private final StoreSource stores;
  private final Rebuild rebuild;
  // Until when; for ever: until the thread that rebuilds removes it.
  private final Map<Integer, Instant> leftOut = new ConcurrentHashMap<>();
  private final Map<Integer, Long> gapsSeen = new HashMap<>();
  private final ExecutorService rebuilding =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "rebuild");
            thread.setDaemon(true);
            return thread;
          });

  SetAside(NativeStore store, StoreSource stores, Rebuild rebuild) {
    this.store = store;
    this.stores = stores;
    this.rebuild = rebuild;
  }

  boolean isCountable(PartitionAt at) {
    leftOut.computeIfPresent(
        at.partition(), (partition, until) -> Instant.now().isAfter(until) ? null : until);
    return !at.halted() && !leftOut.containsKey(at.partition());
  }

  /** A step of {@code partition} was committed: whatever hole was seen is none. */
  void counted(int partition) {
    gapsSeen.remove(partition);
  }

  /**
   * What to do with a partition that could not be counted: a bad record halts it, until an officer
   * has looked; a hole may be one of this reader and is believed the second time; a lost segment is
   * computed again; what else is wrong with the segments may be right again soon. Returns why.
   */
  String take(TellerException error) {
    int partition = error.partition();
    if (error.code().equals("journal.unavailable")) {
      return error.getMessage(); // The next round asks the brokers first.
    } else if (error.code().equals("segments.missing")) {
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

  @Override
  public void close() {
    rebuilding.shutdownNow();
  }
}
