// What a gateway says about itself to Prometheus: counters since it started, never anything of an
// entry. Safe from any thread.
//
// Made by the host, fed by the HTTP server and the entries endpoint, read by GET /metrics.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/code.h"

namespace teller {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void recorded(std::uint64_t entries);
  void unknown(std::uint64_t entries);
  void not_recorded(std::uint64_t entries);
  void refused(Code code, std::uint64_t entries);
  // Shows this route with 0 requests, so that one that nobody has asked yet can be told from one that
  // is not there.
  void serves(std::string_view route);
  // A request was answered; `route` is one of the router's paths, or empty.
  void answered(std::string_view route, unsigned status, std::chrono::nanoseconds took);

  // A number that is asked for each time somebody reads: `name` without the prefix "teller_".
  // `total` says that it only grows. Before the first text().
  void watch(std::string name, std::string help, bool total, std::function<double()> value);
  // Numbers of one name, told apart by two labels; they never only grow.
  struct Labelled {
    std::string first, second;
    double value = 0;
  };
  void watch_each(std::string name, std::string help, std::string first_label,
                  std::string second_label, std::function<std::vector<Labelled>()> values);

  // Prometheus text format, version 0.0.4.
  [[nodiscard]] std::string text() const;
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace teller
