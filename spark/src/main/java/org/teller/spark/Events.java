package org.teller.spark;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * What the job tells its operator, a line each on stderr: time, level, name, then key=value, as
 * src/base/event.h has it; docs/reference/events.md lists the names. Never anybody's votes. Not through Spark's logging, whose level an operator may well have turned down.
 * What repeats is told once a minute, with the number of those left out as again=39037.
 */
final class Events {
  private static final Events TOLD = new Events(System.err::println, new Seldom(System::nanoTime));

  private final Consumer<String> lines;
  private final Seldom seldom;

  Events(Consumer<String> lines, Seldom seldom) {
    this.lines = lines;
    this.seldom = seldom;
  }

  static void info(String name, Object... pairs) {
    TOLD.tell("info", name, pairs);
  }

  static void warn(String name, Object... pairs) {
    TOLD.tell("warning", name, pairs);
  }

  static void error(String name, Object... pairs) {
    TOLD.tell("error", name, pairs);
  }

  void tell(String level, String name, Object... pairs) {
    OptionalLong leftOut =
        level.equals("info") ? OptionalLong.of(0) : seldom.toTell(kind(level, name, pairs));
    if (leftOut.isEmpty()) return;
    String again = leftOut.getAsLong() == 0 ? "" : " again=" + leftOut.getAsLong();
    lines.accept(
        Instant.now().truncatedTo(ChronoUnit.MILLIS)
            + (" " + level + " " + line(name, pairs) + again));
  }

  /**
   * Equal for what tells an operator the same again. A warning may pass by itself: the numbers in
   * its reason (a position, a time) are others each time. Of an error each such is news.
   */
  private static String kind(String level, String name, Object... pairs) {
    Object[] same = pairs.clone();
    for (int i = 0; level.equals("warning") && i + 1 < same.length; i += 2) {
      if (same[i].equals("because")) {
        same[i + 1] = String.valueOf(same[i + 1]).replaceAll("[0-9]+", "0");
      }
    }
    return line(name, same);
  }

  static String line(String name, Object... pairs) {
    StringBuilder line = new StringBuilder(name);
    for (int i = 0; i + 1 < pairs.length; i += 2) {
      line.append(' ').append(pairs[i]).append('=');
      Object value = pairs[i + 1];
      if (value instanceof Double number) {
        line.append(String.format(Locale.ROOT, "%.3f", number));
      } else if (value instanceof Number || value instanceof Boolean) {
        line.append(value);
      } else {
        String text = String.valueOf(value).replace('"', '\'').replaceAll("\\p{Cntrl}", " ");
        line.append('"').append(text).append('"');
      }
    }
    return line.toString();
  }
}
