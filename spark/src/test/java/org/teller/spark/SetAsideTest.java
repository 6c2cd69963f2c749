package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.teller.spark.TellerException.Remedy;

class SetAsideTest {
  private static final PartitionAt AT = new PartitionAt(1, 0, 0, 0, new byte[32], 0, false, "");
  private static final PartitionAt HALTED =
      new PartitionAt(1, 0, 0, 0, new byte[32], 0, true, "a record that is none");

  // Without a store: what only it can do (a halt) is seen by tests/stack/test_count_job.py.
  private final SetAside aside = new SetAside(null, null, null);

  private static TellerException of(String code, long offset) {
    return new TellerException(code, Remedy.STOP, "detail", 1, offset);
  }

  @Test
  void aHaltedPartitionIsNotCounted() {
    assertTrue(aside.isCountable(AT));
    assertFalse(aside.isCountable(HALTED));
  }

  @Test
  void brokersThatAreAwayLeaveNoPartitionOut() {
    aside.take(of("journal.unavailable", TellerException.NOWHERE));
    assertTrue(aside.isCountable(AT));
  }

  @Test
  void aFolderThatCannotBeReadLeavesItsPartitionOut() {
    aside.take(of("segments.io", TellerException.NOWHERE));
    assertFalse(aside.isCountable(AT));
    assertTrue(aside.isCountable(Fixture.NEW));
  }

  @Test
  void aHoleIsBelievedTheSecondTime() {
    aside.take(of("journal.gap", 7));
    assertTrue(aside.isCountable(AT));
    aside.counted(1);
    aside.take(of("journal.gap", 7)); // Counted in between: the first time again.
    // The second time it asks the store to halt, which there is none of here.
    org.junit.jupiter.api.Assertions.assertThrows(
        NullPointerException.class, () -> aside.take(of("journal.gap", 7)));
  }
}
