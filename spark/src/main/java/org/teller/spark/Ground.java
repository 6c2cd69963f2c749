package org.teller.spark;

import java.io.Serializable;

/** What every executor must have before its first step. Broadcast once a query. */
record Ground(byte[] rules, byte[] countFile, String segments) implements Serializable {
  /** Opens the core of this process with it, unless it is open. */
  void open() {
    NativeCore.openOnce(rules, countFile, segments);
  }
}
