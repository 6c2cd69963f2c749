package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SeldomTest {
  private long now = TimeUnit.DAYS.toNanos(-1); // As nanoTime may begin below 0.
  private final Seldom seldom = new Seldom(() -> now);

  private void pass(long seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void whatRepeatsIsToldOnceAMinuteWithItsNumber() {
    assertEquals(OptionalLong.of(0), seldom.toTell("a"));
    for (int i = 0; i < 290; ++i) { // A database that is away for a minute, asked at each pause.
      assertEquals(OptionalLong.empty(), seldom.toTell("a"));
    }
    assertEquals(OptionalLong.of(0), seldom.toTell("b"));
    pass(60);
    assertEquals(OptionalLong.of(290), seldom.toTell("a"));
    pass(59);
    assertEquals(OptionalLong.empty(), seldom.toTell("a"));
    pass(1000);
    assertEquals(OptionalLong.of(1), seldom.toTell("a"));
  }

  @Test
  void aRoundThatFailsAtEachPauseIsOneLine() {
    List<String> lines = new ArrayList<>();
    Events events = new Events(lines::add, seldom);
    for (int i = 0; i < 100; ++i) {
      events.tell("warning", "spark.again", "because", "store.unavailable: record " + i + " waits");
    }
    pass(61);
    events.tell("warning", "spark.again", "because", "store.unavailable: record 7 waits");
    assertEquals(2, lines.size(), () -> String.join("\n", lines));
    assertTrue(
        lines.get(0).endsWith("because=\"store.unavailable: record 0 waits\""), lines.get(0));
    assertTrue(lines.get(1).endsWith("waits\" again=99"), lines.get(1));
  }

  @Test
  void whatIsAnotherIsToldAndWhatIsNoErrorIsToldAlways() {
    List<String> lines = new ArrayList<>();
    Events events = new Events(lines::add, seldom);
    for (int partition = 0; partition < 3; ++partition) {
      events.tell("warning", "spark.gap", "partition", partition, "because", "a hole");
      events.tell("error", "spark.partition_halted", "because", "record " + partition);
      events.tell("info", "spark.counting", "partitions", "[0, 1]");
    }
    assertEquals(9, lines.size(), () -> String.join("\n", lines));
    assertNotEquals(lines.get(0), lines.get(3));
  }
}
