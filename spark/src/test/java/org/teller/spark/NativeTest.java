package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.teller.spark.TellerException.Remedy;

/** The border to libteller.so. What the core does behind it is tested there. */
class NativeTest {
  @BeforeEach
  void open() {
    NativeCore.openOnce(Fixture.RULES, Fixture.COUNT, Fixture.SEGMENTS);
  }

  @Test
  void recordsBecomeTheChangeThatTheCoreItselfMakes() {
    byte[] first =
        NativeCore.step(
            Fixture.NEW, new long[] {0, 1}, new byte[][] {Fixture.record(0), Fixture.record(1)});
    assertArrayEquals(Fixture.bytes("change-1.bin"), first);

    byte[] second =
        NativeCore.step(Fixture.AFTER_1, new long[] {2}, new byte[][] {Fixture.record(2)});
    assertArrayEquals(Fixture.bytes("change-2.bin"), second);
  }

  @Test
  void aHoleNamesPartitionAndOffset() {
    TellerException e =
        assertThrows(
            TellerException.class,
            () ->
                NativeCore.step(
                    Fixture.NEW,
                    new long[] {0, 2},
                    new byte[][] {Fixture.record(0), Fixture.record(1)}));
    assertEquals("journal.gap", e.code());
    assertEquals(Remedy.STOP, e.remedy());
    assertEquals(0, e.partition());
    assertEquals(1, e.offset());
  }

  @Test
  void aRecordThatIsNoneNamesItsOffset() {
    for (byte[] bad : new byte[][] {{}, null, "not a record".getBytes(StandardCharsets.UTF_8)}) {
      TellerException e =
          assertThrows(
              TellerException.class,
              () ->
                  NativeCore.step(
                      Fixture.NEW, new long[] {0, 1}, new byte[][] {Fixture.record(0), bad}));
      assertEquals("journal.record_invalid", e.code());
      assertEquals(1, e.offset());
    }
  }

  @Test
  void aMissingSegmentNamesNoOffset() {
    byte[] root = new byte[32];
    PartitionAt elsewhere = new PartitionAt(0, 7, 20, 30, root, 30, false, "");
    TellerException e =
        assertThrows(
            TellerException.class,
            () -> NativeCore.step(elsewhere, new long[] {20}, new byte[][] {Fixture.record(0)}));
    assertEquals("segments.missing", e.code());
    assertEquals(0, e.partition());
    assertEquals(TellerException.NOWHERE, e.offset());
  }

  // A check() that fails must not take the JVM away, in which other tasks run.
  @Test
  void aBrokenCheckIsAnError() {
    PartitionAt shortRoot = new PartitionAt(0, 0, 0, 0, new byte[31], 0, false, "");
    TellerException e =
        assertThrows(
            TellerException.class,
            () -> NativeCore.step(shortRoot, new long[] {0}, new byte[][] {Fixture.record(0)}));
    assertEquals("check.failed", e.code());
    assertEquals(Remedy.STOP, e.remedy());
  }

  @Test
  void anotherCountIsRefused() {
    TellerException e =
        assertThrows(
            TellerException.class,
            () ->
                NativeCore.openOnce(
                    Fixture.RULES, Fixture.bytes("count-slow.json"), Fixture.SEGMENTS));
    assertEquals(Remedy.REJECT, e.remedy());
  }

  @Test
  void theCountFileSaysHowOftenAStepIsDue() {
    NativeConfig.Count count = NativeConfig.count(Fixture.COUNT);
    assertEquals("000102030405060708090a0b0c0d0e0f", count.id());
    assertEquals("test", count.mode());
    assertEquals(2, count.partitions());
    assertEquals(250, count.stepIntervalMs());
  }

  @Test
  void aStepMinimumIsRefusedHere() {
    TellerException e =
        assertThrows(
            TellerException.class, () -> NativeConfig.count(Fixture.bytes("count-slow.json")));
    assertEquals("policy.unsupported", e.code());
    assertEquals(Remedy.REJECT, e.remedy());
  }

  @Test
  void textsCrossTheBorderAsTheyAre(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("teller-候選人-🗳.toml");
    TellerException none = assertThrows(TellerException.class, () -> NativeConfig.settings(file));
    assertEquals("config.unreadable", none.code());
    assertTrue(none.detail().contains("候選人-🗳"), none.detail());

    Files.writeString(
        file,
        """
        [count]
        home = "home"
        [kafka]
        brokers = "localhost:1"
        ca = "secrets/ca.crt"
        identities = "secrets"
        [postgres]
        conninfo = "host=localhost"
        passfiles = "secrets"
        """);
    NativeConfig.Settings settings = NativeConfig.settings(file);
    assertEquals(folder.resolve("home"), settings.countHome());
    assertEquals(folder.resolve("home/segments"), settings.segments());
    assertEquals("entries", settings.topic());
    assertTrue(settings.store().contains("teller_writer"), settings.store());
  }

  @Test
  void aStoreThatIsNotThereMayBeThereLater() {
    TellerException e =
        assertThrows(
            TellerException.class,
            () -> new NativeStore("host=127.0.0.1 port=1 dbname=teller", Fixture.COUNT));
    assertEquals("store.unavailable", e.code());
    assertEquals(Remedy.RETRY, e.remedy());
  }
}
