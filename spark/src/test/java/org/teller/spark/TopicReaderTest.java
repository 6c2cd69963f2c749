package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // The strategy that newer mocks name by a string.
class TopicReaderTest {
  private static final TopicPartition PARTITION = new TopicPartition("entries", 3);

  private final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>(OffsetResetStrategy.NONE);
  private final TopicReader reader = new TopicReader(PARTITION, consumer, Duration.ofMillis(50));
  private final List<Long> taken = new ArrayList<>();

  private void holds(long from, long to) {
    consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
    for (long offset = from; offset < to; ++offset) {
      consumer.addRecord(new ConsumerRecord<>("entries", 3, offset, null, new byte[1]));
    }
  }

  private void read(long from, long to) {
    taken.clear();
    reader.read(from, to, (offset, record) -> taken.add(offset));
  }

  @Test
  void itGivesWhatIsAskedForAndNoMore() {
    holds(0, 10);
    read(2, 5);
    assertEquals(List.of(2L, 3L, 4L), taken);
  }

  // What was fetched beyond the end is not asked for again; the brokers have sent it.
  @Test
  void whatItHasFetchedItGivesTheNextTime() {
    holds(0, 10);
    read(2, 5);
    consumer.schedulePollTask(
        () -> {
          throw new AssertionError("it asked again");
        });
    read(5, 10);
    assertEquals(List.of(5L, 6L, 7L, 8L, 9L), taken);
  }

  // A step that was refused is read once more, from further back.
  @Test
  void itReadsAgainFromWhereverItIsTold() {
    holds(0, 4);
    read(0, 4);
    holds(1, 3);
    read(1, 3);
    assertEquals(List.of(1L, 2L), taken);
  }

  @Test
  void atAHoleItStopsAndTheCoreFindsIt() {
    holds(0, 2);
    holds(7, 9);
    read(0, 5);
    assertEquals(List.of(0L, 1L), taken);
    read(2, 9);
    assertEquals(List.of(7L, 8L), taken);
  }

  @Test
  void aRecordThatDoesNotComeIsWaitedForAndThenTried() {
    holds(0, 2);
    TellerException e = assertThrows(TellerException.class, () -> read(0, 3));
    assertEquals("journal.unavailable", e.code());
    assertEquals(TellerException.Remedy.RETRY, e.remedy());
    assertEquals(List.of(0L, 1L), taken);
  }

  // A leader hangs: the client finds the next one, in a later round.
  @Test
  void aReaderThatWaitsForARecordIsKeptForTheNextRound() {
    holds(0, 2);
    assertThrows(TellerException.class, () -> read(0, 3));
    reader.close();
    assertFalse(consumer.closed());
  }

  @Test
  void whatKafkaThrowsIsTriedAgain() {
    holds(0, 1);
    consumer.setPollException(new org.apache.kafka.common.KafkaException("no"));
    assertEquals(
        "journal.unavailable", assertThrows(TellerException.class, () -> read(0, 1)).code());
  }

  @Test
  void oneThatIsNotKeptIsClosed() {
    reader.reuse();
    reader.close();
    assertFalse(consumer.closed());
    new TopicReader(PARTITION, new MockConsumer<>(OffsetResetStrategy.NONE), Duration.ZERO).close();
    assertFalse(consumer.closed());
  }
}
