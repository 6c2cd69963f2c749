package org.teller.spark;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.teller.spark.TellerException.Remedy;

/**
 * Reads the records of one partition of the topic, in an executor. Belongs to one task at a time.
 *
 * <p>A connection costs more than what a round reads: the reader that was {@link #reuse left open} is
 * there for the next task of its partition, with what it has fetched and nobody has asked for yet.
 */
final class TopicReader implements AutoCloseable {
  /**
   * How long the next record may take to come, which the brokers have said is there. The whole
   * round waits for it; a leader that hangs is found by the client itself, in a later round.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** A reader that has given nothing for so long makes room for another one. */
  private static final Duration HOPE = Duration.ofSeconds(20);

  private static final Map<TopicPartition, TopicReader> LEFT_OPEN = new ConcurrentHashMap<>();

  /** Takes one record after the other, ascending. */
  interface Taker {
    void take(long offset, byte[] record);
  }

  private final TopicPartition partition;
  private final Consumer<byte[], byte[]> consumer;
  private final Duration patience;
  private final ArrayDeque<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();
  private long next = -1;
  private boolean reusable;
  private Instant waitingSince; // For a record that does not come, through all its reads.

  TopicReader(TopicPartition partition, Consumer<byte[], byte[]> consumer, Duration patience) {
    this.partition = partition;
    this.consumer = consumer;
    this.patience = patience;
    consumer.assign(List.of(partition));
  }

  /** The one that was left open, or a new one. Errors: retry journal.unavailable. */
  static TopicReader of(Definition definition, int number) {
    TopicPartition partition = new TopicPartition(definition.topic(), number);
    TopicReader open = LEFT_OPEN.remove(partition);
    if (open != null) {
      open.reusable = false;
      return open;
    }
    Map<String, Object> config = new HashMap<>(definition.kafka());
    config.put("client.id", "teller-spark-" + number);
    config.put("enable.auto.commit", false);
    config.put("auto.offset.reset", "none");
    config.put("allow.auto.create.topics", false);
    // A broker that hangs keeps its connections: only an answer that does not come tells.
    config.put("request.timeout.ms", 5_000);
    config.put("default.api.timeout.ms", 15_000);
    config.putAll(Topic.CONNECTING);
    // A fetch that reaches the end would wait half a second for more.
    config.put("fetch.max.wait.ms", 20);
    config.put("max.partition.fetch.bytes", 8 << 20);
    try {
      ByteArrayDeserializer bytes = new ByteArrayDeserializer();
      return new TopicReader(partition, new KafkaConsumer<>(config, bytes, bytes), PATIENCE);
    } catch (KafkaException e) {
      throw unavailable(e.toString());
    }
  }

  /**
   * Gives what there is of [from, to).
   *
   * <p>Errors: retry journal.unavailable.
   */
  void read(long from, long to, Taker taker) {
    try {
      if (from != next) {
        fetched.clear();
        consumer.seek(partition, from);
        next = from;
      }
      Instant until = Instant.now().plus(patience);
      while (next < to) {
        ConsumerRecord<byte[], byte[]> record = fetched.peek();
        if (record == null) {
          consumer.poll(Duration.ofMillis(100)).forEach(fetched::add);
          if (!fetched.isEmpty()) {
            until = Instant.now().plus(patience);
            waitingSince = null;
          } else if (Instant.now().isAfter(until)) {
            if (waitingSince == null) waitingSince = until.minus(patience);
            reusable = Instant.now().isBefore(waitingSince.plus(HOPE));
            throw unavailable("no record for " + patience.toSeconds() + " s at offset " + next);
          }
        } else if (record.offset() >= to) {
          return; // A hole up to there.
        } else {
          taker.take(record.offset(), record.value());
          fetched.remove();
          next = record.offset() + 1;
        }
      }
    } catch (KafkaException e) {
      throw unavailable(e.toString());
    }
  }

  private static TellerException unavailable(String because) {
    return new TellerException("journal.unavailable", Remedy.RETRY, because);
  }

  /** The read went well: close() leaves the consumer open for the next task of this partition. */
  void reuse() {
    reusable = true;
  }

  @Override
  public void close() {
    TopicReader over = reusable ? LEFT_OPEN.put(partition, this) : this;
    if (over == null) return;
    try {
      over.consumer.close(Duration.ZERO);
    } catch (KafkaException e) { // Interrupted, above all. Whatever it held is gone.
      Events.warn("spark.reader_not_closed", "because", e);
    }
  }
}
