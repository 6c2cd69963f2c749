// How to reach Kafka, and as whom. We log in with a certificate only: Debian's librdkafka (2.0.2)
// cannot log in to Kafka 4 with SCRAM.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace teller {

struct KafkaSettings {
  std::string brokers = {};  // host:port,host:port

  // PEM files. All three empty: no TLS. Only a test with brokers of its own does that; teller.toml
  // has no way to say it.
  std::filesystem::path ca = {}, certificate = {}, key = {};

  std::string topic = {};

  // How long a record is tried before its outcome is called unknown. Well above a failover (6 to
  // 13 s with three brokers), below what a sender would wait for an answer.
  std::chrono::milliseconds message_timeout{30'000};

  // How long a broker may take to answer. One that hangs keeps its connections, and its kernel goes
  // on to acknowledge: nothing else tells. A request that was given up is sent again, elsewhere once
  // its partition has another leader. Well above what a broker that works takes on a bad day.
  std::chrono::milliseconds answer_timeout{5'000};

  // Nothing is ever appended: an account that may only read is not asked for the right to write.
  bool read_only = false;

  // Records on their way to the brokers; above it append() answers journal.busy.
  std::uint32_t queue_kbytes_max = 64 * 1024;

  // What the client library has to say to an operator. Called from its threads.
  std::function<void(const std::string&)> on_event = {};
};

}  // namespace teller
