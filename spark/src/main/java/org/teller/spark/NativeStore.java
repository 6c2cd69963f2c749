package org.teller.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** The driver's store. Reconnects by itself; safe from any thread, one call at a time. */
final class NativeStore implements AutoCloseable {
  static {
    NativeLibrary.load();
  }

  private long handle;

  /** What became of one change; {@code code} and {@code detail} say why it was refused. */
  record Verdict(boolean accepted, String code, String detail) {}

  /** {@code number}: of this commit, or of the last one if nothing was accepted. */
  record Commit(long number, List<Verdict> verdicts) {}

  /** Errors: reject count.other, count.none; retry store.unavailable. */
  NativeStore(String conninfo, byte[] countFile) {
    handle = open(Wire.utf8(conninfo), countFile);
  }

  /** By partition, ascending. Errors: retry store.unavailable. */
  List<PartitionAt> positions() {
    Wire in = new Wire(positions(opened()));
    int size = in.u32();
    List<PartitionAt> all = new ArrayList<>(size);
    for (int i = 0; i < size; ++i) {
      int partition = in.u16();
      long number = in.u64();
      long position = in.u64();
      long logSize = in.u64();
      byte[] root = in.raw(32);
      all.add(
          new PartitionAt(
              partition, number, position, logSize, root, in.u64(), in.flag(), in.text16()));
    }
    return all;
  }

  /**
   * Takes all {@code changes} in one transaction, each accepted or refused by itself.
   *
   * <p>Errors: retry store.unavailable (nothing was written), abort store.unknown.
   */
  Commit commit(List<byte[]> changes, long nowMicros) {
    Wire in = new Wire(commit(opened(), changes.toArray(new byte[0][]), nowMicros));
    long number = in.u64();
    int size = in.u32();
    List<Verdict> verdicts = new ArrayList<>(size);
    for (int i = 0; i < size; ++i) verdicts.add(new Verdict(in.flag(), in.text16(), in.text16()));
    return new Commit(number, verdicts);
  }

  /** A committed step whose segment is gone: its records are [before.position(), to). */
  record MissingStep(PartitionAt before, long to) implements Serializable {}

  /**
   * The first of them, ascending, which is the order in which they can be computed again.
   *
   * <p>Errors: retry store.unavailable; stop segments.io.
   */
  List<MissingStep> missingSteps(int partition, String segmentsDirectory, int limit) {
    Wire in = new Wire(missingSteps(opened(), partition, Wire.utf8(segmentsDirectory), limit));
    int size = in.u32();
    List<MissingStep> all = new ArrayList<>(size);
    for (int i = 0; i < size; ++i) {
      long number = in.u64();
      long position = in.u64();
      long logSize = in.u64();
      byte[] root = in.raw(32);
      PartitionAt before =
          new PartitionAt(partition, number, position, logSize, root, 0, false, "");
      all.add(new MissingStep(before, in.u64()));
    }
    return all;
  }

  /** The partition takes no step until an officer clears it. */
  void halt(int partition, String because) {
    halt(opened(), partition, Wire.utf8(because));
  }

  /** Says which journal the positions belong to. Errors: reject journal.other. */
  void bindJournal(String topicId) {
    bindJournal(opened(), Wire.utf8(topicId));
  }

  @Override
  public synchronized void close() {
    if (handle != 0) close(handle);
    handle = 0;
  }

  private synchronized long opened() {
    if (handle == 0) throw new IllegalStateException("the store is closed");
    return handle;
  }

  /** This process was told to end: ten seconds later no call waits for a server that is silent. */
  static native void wantStop();

  private static native long open(byte[] conninfo, byte[] countFile);

  private static native void close(long handle);

  private static native byte[] positions(long handle);

  private static native byte[] commit(long handle, byte[][] changes, long nowMicros);

  private static native byte[] missingSteps(
      long handle, int partition, byte[] segmentsDirectory, int limit);

  private static native void halt(long handle, int partition, byte[] because);

  private static native void bindJournal(long handle, byte[] topicId);
}
