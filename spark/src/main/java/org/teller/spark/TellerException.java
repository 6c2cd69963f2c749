package org.teller.spark;

import java.nio.charset.StandardCharsets;

/**
 * An error of the C++ side, or one of ours in the same shape: which one it is (a stable code), what
 * to do next (the remedy) and what happened. Where it names an offset, that record of that
 * partition can never be counted as things are.
 */
public final class TellerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What to do next; in the order of the C++ enumeration, whose numbers cross the border. */
  public enum Remedy {
    /** The input is wrong and will stay wrong. */
    REJECT,
    /** Nothing changed; the same may succeed later. */
    RETRY,
    /** The outcome is unknown: read what is committed, and go on from there. */
    ABORT,
    /** This cannot be trusted any more, or cannot go on without a person. */
    STOP
  }

  /** For {@link #partition()} and {@link #offset()}: not said. */
  public static final int NOWHERE = -1;

  private final String code;
  private final Remedy remedy;
  private final String detail;
  private final int partition;
  private final long offset;

  public TellerException(String code, Remedy remedy, String detail) {
    this(code, remedy, detail, NOWHERE, NOWHERE);
  }

  public TellerException(String code, Remedy remedy, String detail, int partition, long offset) {
    super(code + ": " + where(partition, offset) + detail);
    this.code = code;
    this.remedy = remedy;
    this.detail = detail;
    this.partition = partition;
    this.offset = offset;
  }

  /** As the native side throws it. */
  TellerException(byte[] code, int remedy, byte[] detail, int partition, long offset) {
    this(
        new String(code, StandardCharsets.UTF_8),
        Remedy.values()[remedy],
        new String(detail, StandardCharsets.UTF_8),
        partition,
        offset);
  }

  /** The same, known to be of {@code partition}. */
  TellerException in(int where) {
    return partition == where ? this : new TellerException(code, remedy, detail, where, offset);
  }

  public String code() {
    return code;
  }

  public Remedy remedy() {
    return remedy;
  }

  public String detail() {
    return detail;
  }

  public int partition() {
    return partition;
  }

  public long offset() {
    return offset;
  }

  private static String where(int partition, long offset) {
    if (partition == NOWHERE) return "";
    return "partition " + partition + (offset == NOWHERE ? ": " : ", offset " + offset + ": ");
  }
}
