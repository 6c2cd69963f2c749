#include "host/alarms.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/random.h"

namespace teller {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t findings_per_message = 100;
constexpr std::size_t secret_bytes_min = 16;
constexpr std::chrono::seconds pause_min{1}, pause_max{300}, answer_timeout{10};
constexpr std::string_view state_head = "teller alarms 1", told_word = "told ",
                           waits_word = "waits ", message_word = "message ";

std::unexpected<Error> unusable(std::string detail) {
  return fail(Remedy::reject, "http.client_invalid", std::move(detail));
}

// https://alarms.example/hook?x=1, apart.
struct AlarmAddress {
  std::string server, path;
};

// Errors: reject http.client_invalid.
Result<AlarmAddress> alarm_address(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  AlarmAddress address{url.substr(0, end), url.substr(end, url.find('#', end) - end)};
  if (!address.path.starts_with('/')) address.path.insert(0, "/");
  if (std::ranges::any_of(address.path, [](char c) { return c <= ' ' || c == 0x7F; })) {
    return unusable("--alarm-url: write blanks in an address as %20");
  }
  const std::string name = address.server.substr(host, address.server.find_last_of(':') - host);
  const bool here = name == "127.0.0.1" || name == "localhost" || name == "[::1]";
  if (!address.server.starts_with("https://") && !here) {
    return unusable("--alarm-url must begin with https://, or be on this machine: " +
                    address.server);
  }
  return address;
}

// Errors: reject http.client_invalid; those of read_file().
Result<std::string> alarm_secret(const fs::path& file) {
  if (file.empty()) {
    return unusable("--alarm-secret FILE is missing: without it a receiver cannot tell who sends");
  }
  struct stat info{};
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return unusable(file.string() + " can be read by others: make another secret, chmod 600");
  }
  auto text = read_file(file);
  if (!text) return text;
  std::string secret = text->substr(0, text->find_first_of("\r\n"));
  if (secret.size() < secret_bytes_min) {
    return unusable(fmt::format("{}: a secret has {} bytes or more; openssl rand -hex 32 makes one",
                                file.string(), secret_bytes_min));
  }
  return secret;
}

fs::path state_file(const Home& home) { return home.path / "alarms.state"; }

}  // namespace

Result<Alarms::State> Alarms::read_state(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return State{};
  const auto text = read_file(file, own_file_bytes_max);
  if (!text) return std::unexpected(text.error());
  State state;
  bool good = text->ends_with('\n');
  std::size_t number = 0;
  for (std::size_t from = 0; good && from < text->size(); ++number) {
    const std::size_t end = text->find('\n', from);
    const std::string_view line = std::string_view(*text).substr(from, end - from);
    from = end + 1;
    Hash id{};
    if (number == 0) {
      good = line == state_head;
    } else if (line.starts_with(told_word)) {
      good = from_hex(line.substr(told_word.size()), id);
      state.told.insert(id);
    } else if (line.starts_with(waits_word)) {
      good = from_hex(line.substr(waits_word.size()), id);
      state.waiting.push_back(id);
    } else {
      good = line.starts_with(message_word) && state.message.empty();
      state.message = line.substr(std::min(message_word.size(), line.size()));
    }
  }
  if (good && number > 0 && state.waiting.empty() == state.message.empty()) return state;
  return unusable(file.string() +
                  " cannot be read; remove it, and all that is open is told once more");
}

Result<std::unique_ptr<Alarms>> Alarms::open(Options options) {
  auto address = alarm_address(options.url);
  if (!address) return std::unexpected(address.error());
  auto secret = alarm_secret(options.secret);
  if (!secret) return std::unexpected(secret.error());
  auto client = HttpClient::open({.url = address->server,
                                  .connect_timeout = answer_timeout,
                                  .answer_timeout = answer_timeout,
                                  .answer_bytes_max = std::size_t{1} << 20});
  if (!client) return std::unexpected(client.error());
  auto state = read_state(state_file(*options.home));
  if (!state) return std::unexpected(state.error());
  return std::unique_ptr<Alarms>(new Alarms(std::move(options), std::move(address->path),
                                            *std::move(secret), *std::move(client),
                                            *std::move(state)));
}

Alarms::Alarms(Options options, std::string path, std::string secret, HttpClient client,
               State state)
    : options_(std::move(options)),
      path_(std::move(path)),
      secret_(std::move(secret)),
      client_(std::move(client)),
      state_(std::move(state)),
      waiting_(state_.waiting.size()) {
  thread_.emplace(
      [this] { return pass(); },
      Repeating::Options{.pause = pause_min, .once_more_at_the_end = false, .nice = 10});
}

void Alarms::take(const CheckRules& rules, const CountChecked& checked, std::uint64_t commit) {
  found_.put({.findings = alarm_findings(options_.home->rules, rules, checked),
              .commit = commit,
              .errors = checked.of(Severity::error),
              .warnings = checked.of(Severity::warning)});
}

Result<void> Alarms::keep(State state) {
  std::string text = fmt::format("{}\n", state_head);
  for (const Hash& id : state.told) text += fmt::format("{}{}\n", told_word, to_hex(id));
  for (const Hash& id : state.waiting) text += fmt::format("{}{}\n", waits_word, to_hex(id));
  if (!state.message.empty()) text += fmt::format("{}{}\n", message_word, state.message);
  auto written = write_file(state_file(*options_.home), as_bytes(text), 0600);
  if (written) state_ = std::move(state);
  return written;
}

// Of what was found last and not told yet, as much as a message takes. Nothing is left to tell where
// there is none afterwards.
Result<void> Alarms::make_message() {
  const auto found = found_.look();
  if (!found) return {};
  State next;
  std::vector<AlarmFinding> fresh;
  for (const AlarmFinding& one : found->findings) {
    if (state_.told.contains(one.id)) {
      next.told.insert(one.id);
    } else {
      fresh.push_back(one);
    }
  }
  const std::size_t told_now = std::min(fresh.size(), findings_per_message);
  waiting_ = fresh.size();
  if (told_now > 0) {
    const auto now = std::span(fresh).first(told_now);
    for (const AlarmFinding& one : now) next.waiting.push_back(one.id);
    next.message = alarm_message({.count = options_.home->count,
                                  .id = to_hex(random_bytes()).substr(0, 32),
                                  .at = format_utc(options_.clock->now_us()),
                                  .commit = found->commit,
                                  .errors = found->errors,
                                  .warnings = found->warnings,
                                  .more = fresh.size() - told_now},
                                 now);
  }
  if (told_now > 0 || next.told != state_.told) {
    if (auto kept = keep(std::move(next)); !kept) return kept;
  }
  if (told_now == 0) found_.told(*found);
  return {};
}

void Alarms::put_off(std::chrono::seconds at_least) {
  next_ = std::chrono::steady_clock::now() + std::max(pause_, std::min(at_least, pause_max));
  pause_ = std::min(2 * pause_, pause_max);
}

Result<void> Alarms::send() {
  const auto answer =
      client_.request("POST", path_, state_.message,
                      {{"Content-Type", "application/json"},
                       {"Teller-Signature", alarm_signature(secret_, state_.message)}});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status / 100 != 2) {
    put_off(answer->retry_after);
    const std::string status = fmt::format("answer {}", answer->status);
    if (std::exchange(wrong_, status) != status) {
      options_.event(Event::warning("alarms.not_taken").with("status", answer->status));
    }
    return {};
  }
  const std::size_t findings = state_.waiting.size();
  State next{.told = state_.told, .waiting = {}, .message = {}};
  next.told.insert(state_.waiting.begin(), state_.waiting.end());
  if (auto kept = keep(std::move(next)); !kept) return kept;
  pause_ = pause_min;
  wrong_.clear();
  waiting_ -= std::min<std::uint64_t>(waiting_, findings);
  told_ += findings;
  options_.event(Event::info("alarms.told").with("findings", findings));
  return {};
}

bool Alarms::pass() {
  if (std::chrono::steady_clock::now() < next_) return true;
  Result<void> done = state_.message.empty() ? make_message() : Result<void>{};
  if (done && !state_.message.empty()) done = send();
  if (!done) {
    put_off(std::chrono::seconds(0));
    const std::string wrong = to_text(done.error());
    if (std::exchange(wrong_, wrong) != wrong) {
      options_.event(Event("alarms.trouble", done.error()));
    }
  }
  return true;
}

void Alarms::watch(Metrics& metrics, const Alarms* alarms) {
  metrics.watch("alarms_waiting", "Findings that --alarm-url was not told yet", false, [alarms] {
    return alarms == nullptr ? 0.0 : static_cast<double>(alarms->waiting_.load());
  });
  metrics.watch(
      "alarms_told_total", "Findings that --alarm-url was told since the start", true,
      [alarms] { return alarms == nullptr ? 0.0 : static_cast<double>(alarms->told_.load()); });
}

}  // namespace teller
