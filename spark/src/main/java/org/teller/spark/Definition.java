package org.teller.spark;

import java.io.Serializable;
import java.util.Map;

/**
 * What every executor must have before its first step. Broadcast once a session. {@code kafka}: the
 * settings of a consumer of {@code topic}; keys are named in it and not held.
 */
@SuppressWarnings("serial")
record Definition(
    byte[] rules, byte[] countFile, String segments, String topic, Map<String, String> kafka)
    implements Serializable {
  /** Opens the core of this process with it, unless it is open. */
  void open() {
    NativeCore.openOnce(rules, countFile, segments);
  }
}
