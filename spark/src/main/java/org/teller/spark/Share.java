package org.teller.spark;

import java.io.Serializable;
import java.util.List;

/**
 * What one task of a round does: the records [from, to) of a partition, counted on what the store
 * has committed of it. {@code from} lies below the position only when records are read again.
 */
record Share(PartitionAt committed, long from, long to) implements Serializable {
  int partition() {
    return committed.partition();
  }

  long records() {
    return Math.max(0, to - from);
  }

  /**
   * As much of {@code all} as makes at most about {@code max} records, of each the same part but at
   * least one record; none where there are none.
   */
  static List<Share> limited(List<Share> all, long max) {
    List<Share> some = all.stream().filter(share -> share.records() > 0).toList();
    long records = some.stream().mapToLong(Share::records).sum();
    if (records <= max) return some;
    double part = (double) max / records;
    return some.stream()
        .map(s -> new Share(s.committed, s.from, s.from + Math.max(1, (long) (part * s.records()))))
        .toList();
  }
}
