package org.teller.spark;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A line every few seconds while something is counted. Belongs to the thread of the loop. */
final class Report {
  private static final Duration EVERY = Duration.ofSeconds(3);

  private Instant since = Instant.now();
  private long commit, commits, steps, records;
  private String lastRound = "";

  /** A commit: its number, and what it holds. */
  void add(long number, int stepsNow, long recordsNow) {
    commit = number;
    ++commits;
    steps += stepsNow;
    records += recordsNow;
  }

  /** Where the time of a round went. */
  void took(Instant begun, Instant asked, Instant counted, Instant committed) {
    lastRound =
        "{ask="
            + ms(begun, asked)
            + ", count="
            + ms(asked, counted)
            + ", commit="
            + ms(counted, committed)
            + "}";
  }

  private static long ms(Instant from, Instant to) {
    return Duration.between(from, to).toMillis();
  }

  /** {@code committed}: as the store has it now. */
  void maybe(List<PartitionAt> committed) {
    Instant now = Instant.now();
    if (commits == 0 || now.isBefore(since.plus(EVERY))) return;
    Events.info(
        "spark.counted",
        "commit",
        commit,
        "entries",
        committed.stream().mapToLong(PartitionAt::recorded).sum(),
        "commits",
        commits,
        "steps",
        steps,
        "records",
        records,
        "seconds",
        ms(since, now) / 1000.0,
        "last_round_ms",
        lastRound);
    since = now;
    commits = steps = records = 0;
  }
}
