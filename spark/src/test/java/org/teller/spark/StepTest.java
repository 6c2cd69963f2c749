package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepTest {
  private static final byte[] NO_RECORD = {1, 2, 3};

  private static Optional<Step.Outcome> count(Step step) {
    return step.count(Fixture.DEFINITION::open);
  }

  @Test
  void recordsOfAPartitionBecomeOneChange() {
    Step step = new Step(Fixture.NEW);
    step.add(0, Fixture.record(0));
    step.add(1, Fixture.record(1));
    Step.Outcome outcome = count(step).orElseThrow();
    assertArrayEquals(Fixture.bytes("change-1.bin"), outcome.change());
    assertEquals(2, outcome.records());
    assertNull(outcome.error());
  }

  @Test
  void whatLiesBelowThePositionIsSkipped() {
    Step step = new Step(Fixture.AFTER_1);
    for (int offset = 0; offset < 3; ++offset) step.add(offset, Fixture.record(offset));
    Step.Outcome outcome = count(step).orElseThrow();
    assertArrayEquals(Fixture.bytes("change-2.bin"), outcome.change());
    assertEquals(1, outcome.records());
  }

  @Test
  void withNothingNewThereIsNoStep() {
    assertTrue(count(new Step(Fixture.NEW)).isEmpty());
    Step old = new Step(Fixture.AFTER_1);
    old.add(1, Fixture.record(1));
    assertTrue(count(old).isEmpty());
  }

  @Test
  void whatStandsBeforeABadRecordIsCounted() {
    Step step = new Step(Fixture.NEW);
    step.add(0, Fixture.record(0));
    step.add(1, Fixture.record(1));
    step.add(2, NO_RECORD);
    step.add(3, Fixture.record(2));
    Step.Outcome outcome = count(step).orElseThrow();
    assertArrayEquals(Fixture.bytes("change-1.bin"), outcome.change());
    assertEquals(2, outcome.records());
    assertNotNull(outcome.error());
    assertEquals("journal.record_invalid", outcome.error().code());
    assertEquals(0, outcome.error().partition());
    assertEquals(2, outcome.error().offset());
  }

  @Test
  void aHoleIsAnErrorAndNoStep() {
    Step step = new Step(Fixture.NEW);
    step.add(1, Fixture.record(1));
    Step.Outcome outcome = count(step).orElseThrow();
    assertNull(outcome.change());
    assertEquals("journal.gap", outcome.error().code());
    assertEquals(0, outcome.error().offset());
  }

  @Test
  void recordsOutOfOrderAreRefused() {
    Step step = new Step(Fixture.NEW);
    step.add(1, Fixture.record(1));
    assertThrows(IllegalStateException.class, () -> step.add(0, Fixture.record(0)));
    assertThrows(IllegalStateException.class, () -> step.add(1, Fixture.record(1)));
  }

  @Test
  void anOutcomeTravelsFromExecutorToDriver() throws Exception {
    Step step = new Step(Fixture.NEW);
    step.add(0, NO_RECORD);
    Step.Outcome outcome = count(step).orElseThrow();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(outcome);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      TellerException error = ((Step.Outcome) in.readObject()).error();
      assertEquals(outcome.error().getMessage(), error.getMessage());
      assertEquals(0, error.offset());
      assertEquals(TellerException.Remedy.STOP, error.remedy());
    }
  }
}
