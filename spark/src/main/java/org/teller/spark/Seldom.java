package org.teller.spark;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What an operator is told again and again is told once a minute: the first at once, the next that
 * comes a minute later, with the number of those left out between. The same as seldom() of
 * src/base/event.h. For any thread.
 */
final class Seldom {
  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private record Said(long at, long leftOut) {}

  private final LongSupplier nanos;
  private final Map<String, Said> kinds = new HashMap<>();

  /** {@code nanos}: System::nanoTime, or another clock in a test. */
  Seldom(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** How many of this kind were left out since it was last told; empty: leave this one out too. */
  synchronized OptionalLong toTell(String kind) {
    long now = nanos.getAsLong();
    Said said = kinds.get(kind);
    if (said != null && now - said.at() < INTERVAL_NANOS) {
      kinds.put(kind, new Said(said.at(), said.leftOut() + 1));
      return OptionalLong.empty();
    }
    kinds.values().removeIf(each -> now - each.at() >= 2 * INTERVAL_NANOS);
    kinds.put(kind, new Said(now, 0));
    return OptionalLong.of(said == null ? 0 : said.leftOut());
  }
}
