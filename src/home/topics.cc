#include "home/topics.h"

#include <fmt/format.h>

#include "home/kafka_identity.h"
#include "journal/journal_kafka.h"
#include "journal/record.h"

namespace teller {
namespace {

Result<void> holds_only(Journal& entries, const CountFile& count) {
  for (std::uint32_t i = 0; i < count.partitions; ++i) {
    const auto partition = static_cast<std::uint16_t>(i);
    const auto first = entries.read(partition, 0, 1);
    if (!first) return std::unexpected(first.error());
    if (first->empty()) continue;
    if (const auto reader = RecordReader::open(first->front().bytes, count.id, partition); !reader)
      return std::unexpected(during("the first record of the topic of entries", reader.error()));
  }
  return {};
}

}  // namespace

Result<std::vector<TopicSpec>> count_topics(const Config& config, const CountFile& count) {
  const auto kafka = need(config, config.kafka, "kafka");
  if (!kafka) return std::unexpected(kafka.error());
  const auto spec = [&](const std::string& name, std::uint16_t partitions) {
    return TopicSpec{name, partitions, kafka->replication, kafka->min_in_sync};
  };
  return std::vector<TopicSpec>{spec(kafka->entries, count.partitions),
                                spec(kafka->inbox, count.partitions), spec(kafka->refused, 1)};
}

Hash hash_of(const std::vector<TopicSpec>& specs) {
  std::string text;
  for (const TopicSpec& spec : specs) {
    text += fmt::format("{} {} {} {}\n", spec.name, spec.partitions, spec.replication,
                        spec.min_in_sync);
  }
  return sha256(as_bytes(text));
}

Result<std::vector<TopicReport>> create_count_topics(const Config& config, const CountFile& count) {
  const auto specs = count_topics(config, count);
  if (!specs) return std::unexpected(specs.error());
  const KafkaSettings settings = kafka_settings(*config.kafka, "admin", config.kafka->entries);
  const auto outcomes = create_topics(settings, *specs);
  if (!outcomes) return std::unexpected(outcomes.error());

  std::vector<TopicReport> reports;
  for (std::size_t i = 0; i < specs->size(); ++i) reports.push_back({(*specs)[i], (*outcomes)[i]});
  if (reports.front().outcome == TopicOutcome::was_there) {
    const auto entries = open_kafka_journal(settings, count.partitions);
    if (!entries) return std::unexpected(entries.error());
    if (const auto ours = holds_only(**entries, count); !ours) return std::unexpected(ours.error());
  }
  return reports;
}

}  // namespace teller
