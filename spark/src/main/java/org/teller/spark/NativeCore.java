package org.teller.spark;

import java.util.Arrays;

/** The counting core of this process. Called by tasks, from any thread. */
final class NativeCore {
  private NativeCore() {}

  static {
    NativeLibrary.load();
  }

  private static byte[] openedWith;

  /**
   * Once for each process; again is free for the same count and an error for another.
   *
   * <p>Errors: reject count.other, policy.unsupported and what is wrong with the files.
   */
  static synchronized void openOnce(byte[] rules, byte[] countFile, String segmentsDirectory) {
    // The count file names the hash of its rules, so it stands for both.
    if (openedWith != null && Arrays.equals(openedWith, countFile)) return;
    open(rules, countFile, Wire.utf8(segmentsDirectory));
    openedWith = countFile;
  }

  /**
   * Counts {@code records}: all of the partition's journal from {@code at.position()} on, at least
   * one. Returns the change, whose segment is durable by then.
   *
   * <p>Errors: with an offset, what is wrong with that record (journal.gap, journal.record_invalid,
   * count.other, check.failed); without one, what is wrong with the segments.
   */
  static byte[] step(PartitionAt at, long[] offsets, byte[][] records) {
    return step(
        at.partition(), at.number(), at.position(), at.root(), at.logSize(), offsets, records);
  }

  private static native void open(byte[] rules, byte[] countFile, byte[] segmentsDirectory);

  private static native byte[] step(
      int partition,
      long number,
      long position,
      byte[] root,
      long logSize,
      long[] offsets,
      byte[][] records);
}
