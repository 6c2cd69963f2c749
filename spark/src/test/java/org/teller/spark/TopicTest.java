package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.teller.spark.TellerException.Remedy;

class TopicTest {
  private static final List<PartitionAt> AT_5_AND_0 =
      List.of(
          new PartitionAt(0, 1, 5, 9, new byte[32], 9, false, ""),
          new PartitionAt(1, 0, 0, 0, new byte[32], 0, false, ""));

  private static Topic.Facts facts(int partitions, long earliest0, long end0) {
    return new Topic.Facts("id", partitions, Map.of(0, earliest0, 1, 0L), Map.of(0, end0, 1, 0L));
  }

  private static void refuses(String code, Remedy remedy, Topic.Facts facts) {
    TellerException e =
        assertThrows(TellerException.class, () -> Topic.check(facts, 2, AT_5_AND_0));
    assertEquals(code, e.code());
    assertEquals(remedy, e.remedy());
  }

  @Test
  void aTopicThatHoldsWhatIsNotCountedYetIsFine() {
    assertDoesNotThrow(() -> Topic.check(facts(2, 0, 5), 2, AT_5_AND_0));
    assertDoesNotThrow(() -> Topic.check(facts(2, 5, 900), 2, AT_5_AND_0));
  }

  @Test
  void aTopicThatHasGrownIsRefused() {
    refuses("journal.partitions", Remedy.STOP, facts(3, 0, 5));
  }

  @Test
  void recordsThatWereNeverCountedMustBeThere() {
    refuses("journal.expired", Remedy.STOP, facts(2, 6, 9));
  }

  @Test
  void aTopicThatEndsBeforeThePositionIsNotReadYet() {
    refuses("journal.behind", Remedy.RETRY, facts(2, 0, 4));
  }

  // Its leader hangs: that one waits, and the others are judged.
  @Test
  void aPartitionOfWhichNothingIsKnownIsNotJudged() {
    Topic.Facts facts = new Topic.Facts("id", 2, Map.of(1, 0L), Map.of(0, 4L, 1, 0L));
    assertDoesNotThrow(() -> Topic.check(facts, 2, AT_5_AND_0));
    assertFalse(new Topic.Standing(facts, AT_5_AND_0).isKnown(0));
    assertTrue(new Topic.Standing(facts, AT_5_AND_0).isKnown(1));
  }
}
