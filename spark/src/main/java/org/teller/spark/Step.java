package org.teller.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The records of one Kafka partition on their way through the core: collected, then counted at once.
 *
 * <p>What the journal or the segments do wrong is part of the outcome and not thrown: Spark would
 * run the task three times more and then fail the whole round, so that one poisoned partition
 * would hold up all others. What is thrown is what is wrong with this program or its executor.
 */
final class Step {
  /**
   * What came of it: a change, an error, or both (the change of what stands before a bad record).
   */
  @SuppressWarnings("serial")
  record Outcome(int partition, int records, byte[] change, TellerException error)
      implements Serializable {
    /** Nothing was counted. */
    static Outcome failed(int partition, TellerException error) {
      return new Outcome(partition, 0, null, error.in(partition));
    }
  }

  private final PartitionAt at;
  private final List<byte[]> records = new ArrayList<>();
  private long[] offsets = new long[256];
  private long last = -1;

  /** {@code committed}: what the store has of the partition. */
  Step(PartitionAt committed) {
    at = committed;
  }

  /** Takes the next record. One that lies below the position was counted before and is skipped. */
  void add(long offset, byte[] record) {
    if (offset <= last) {
      throw new IllegalStateException("offset " + offset + " came after " + last);
    }
    last = offset;
    if (offset < at.position()) return;
    if (records.size() == offsets.length) offsets = Arrays.copyOf(offsets, 2 * offsets.length);
    offsets[records.size()] = offset;
    records.add(record);
  }

  /** Counts what was added; nothing when there is nothing new. {@code open} opens the core. */
  Optional<Outcome> count(Runnable open) {
    if (records.isEmpty()) return Optional.empty();
    try {
      open.run();
      return Optional.of(new Outcome(at.partition(), records.size(), step(records.size()), null));
    } catch (TellerException e) {
      // What stands before a bad record is counted, so that the partition halts exactly there.
      long good = e.offset() - at.position();
      if (e.offset() == TellerException.NOWHERE || good <= 0 || good >= records.size()) {
        return Optional.of(Outcome.failed(at.partition(), e));
      }
      try {
        return Optional.of(new Outcome(at.partition(), (int) good, step((int) good), e));
      } catch (TellerException again) {
        return Optional.of(Outcome.failed(at.partition(), again));
      }
    }
  }

  private byte[] step(int first) {
    return NativeCore.step(
        at, Arrays.copyOf(offsets, first), records.subList(0, first).toArray(new byte[0][]));
  }
}
