#include "cli/progress.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/grouped.h"
#include "cli/table.h"

namespace teller::cli {
namespace {

using namespace std::chrono_literals;

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02} h", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string doing, Terminal& to, std::function<Clock::time_point()> now)
    : doing_(std::move(doing)), to_(&to), now_(std::move(now)), begin_(now_()), shown_(begin_) {}

void Progress::show(std::uint64_t at, std::uint64_t all,
                    const std::function<std::string()>& beside) {
  if (!is_due()) return;
  std::string text = doing_ + "  ";
  const double share =
      all > 0 ? std::min(1.0, static_cast<double>(at) / static_cast<double>(all)) : 0;
  if (share > 0) {
    const auto filled = static_cast<std::size_t>(share * 24);
    text += fmt::format("[{:#<{}}{:.<{}}] {} %  ", "", filled, "", 24 - filled,
                        static_cast<int>(share * 100));
  }
  text += beside();
  if (share > 0 && share < 1) text += ", " + duration(seconds() * (1 - share) / share) + " left";
  if (to_->is_terminal()) {
    to_->show(text);
  } else {
    to_->say(text);
  }
}

std::function<void(std::uint64_t, std::uint64_t)> Progress::counting(std::string things) {
  return [this, things = std::move(things)](std::uint64_t at, std::uint64_t all) {
    show(at, all, [&] { return grouped(at) + " of " + grouped(all) + " " + things; });
  };
}

double Progress::seconds() const { return std::chrono::duration<double>(now_() - begin_).count(); }

bool Progress::is_due() {
  const auto now = now_();
  const std::scoped_lock lock(mutex_);
  if (now - shown_ < (to_->is_terminal() ? 200ms : 10'000ms)) return false;
  shown_ = now;
  return true;
}

}  // namespace teller::cli
