package org.teller.spark;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * What the job tells its operator, a line each on stderr: time, level, name, then key=value, as
 * src/base/event.h has it; docs/reference/events.md lists the names. Never anybody's votes. Not through Spark's logging, whose level an operator may well have turned down.
 */
final class Events {
  private Events() {}

  static void info(String name, Object... pairs) {
    print("info", name, pairs);
  }

  static void warn(String name, Object... pairs) {
    print("warning", name, pairs);
  }

  static void error(String name, Object... pairs) {
    print("error", name, pairs);
  }

  private static void print(String level, String name, Object... pairs) {
    System.err.println(
        Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + level + " " + line(name, pairs));
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
