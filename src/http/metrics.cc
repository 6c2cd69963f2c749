#include "http/metrics.h"

#include <mutex>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace teller {

namespace {

const prometheus::Histogram::BucketBoundaries seconds{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 150};

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::State {
  struct Watched {
    std::string name, help;
    bool total;
    std::function<double()> value;
  };

  prometheus::Registry registry;
  prometheus::Counter& recorded =
      counters(registry, "teller_entries_recorded_total",
               "Entries acknowledged: durable in the journal. Second copies are among them.")
          .Add({});
  prometheus::Counter& unknown =
      counters(registry, "teller_entries_unknown_total",
               "Entries of which it was not known whether they were recorded (sent again).")
          .Add({});
  prometheus::Counter& not_recorded =
      counters(registry, "teller_entries_not_recorded_total",
               "Entries turned away because the journal was busy (sent again).")
          .Add({});
  prometheus::Family<prometheus::Counter>& refused = counters(
      registry, "teller_entries_refused_total", "Entries refused, by code of schema/events.toml.");
  prometheus::Family<prometheus::Counter>& requests =
      counters(registry, "teller_http_requests_total", "Requests answered, by route and status.");
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("teller_http_request_seconds")
          .Help("From the last byte of a request to its answer, by route.")
          .Register(registry);
  std::vector<Watched> watched;
  struct WatchedEach {
    std::string name, help, first_label, second_label;
    std::function<std::vector<Labelled>()> values;
  };
  std::vector<WatchedEach> watched_each;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::recorded(std::uint64_t entries) {
  state_->recorded.Increment(static_cast<double>(entries));
}
void Metrics::unknown(std::uint64_t entries) {
  state_->unknown.Increment(static_cast<double>(entries));
}
void Metrics::not_recorded(std::uint64_t entries) {
  state_->not_recorded.Increment(static_cast<double>(entries));
}
void Metrics::refused(Code code, std::uint64_t entries) {
  state_->refused.Add({{"code", std::string(code)}}).Increment(static_cast<double>(entries));
}

void Metrics::serves(std::string_view route) {
  state_->durations.Add({{"route", std::string(route)}}, seconds);
}

void Metrics::answered(std::string_view route, unsigned status, std::chrono::nanoseconds took) {
  const std::string path(route.empty() ? "none" : route);
  state_->requests.Add({{"route", path}, {"status", std::to_string(status)}}).Increment();
  state_->durations.Add({{"route", path}}, seconds)
      .Observe(std::chrono::duration<double>(took).count());
}

void Metrics::watch(std::string name, std::string help, bool total, std::function<double()> value) {
  state_->watched.push_back({std::move(name), std::move(help), total, std::move(value)});
}

void Metrics::watch_each(std::string name, std::string help, std::string first_label,
                         std::string second_label, std::function<std::vector<Labelled>()> values) {
  state_->watched_each.push_back({std::move(name), std::move(help), std::move(first_label),
                                  std::move(second_label), std::move(values)});
}

std::string Metrics::text() const {
  auto families = state_->registry.Collect();
  for (const auto& watched : state_->watched) {
    prometheus::MetricFamily family;
    family.name = "teller_" + watched.name;
    family.help = watched.help;
    family.type = watched.total ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    prometheus::ClientMetric metric;
    (watched.total ? metric.counter.value : metric.gauge.value) = watched.value();
    family.metric.push_back(metric);
    families.push_back(std::move(family));
  }
  for (const auto& watched : state_->watched_each) {
    prometheus::MetricFamily family;
    family.name = "teller_" + watched.name;
    family.help = watched.help;
    family.type = prometheus::MetricType::Gauge;
    for (const Labelled& one : watched.values()) {
      prometheus::ClientMetric metric;
      metric.label = {{watched.first_label, one.first}, {watched.second_label, one.second}};
      metric.gauge.value = one.value;
      family.metric.push_back(metric);
    }
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace teller
