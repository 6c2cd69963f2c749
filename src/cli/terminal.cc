#include "cli/terminal.h"

#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/terminal_text.h"

namespace teller::cli {

Terminal& Terminal::standard_error() {
  static Terminal terminal(stderr, ::isatty(STDERR_FILENO) == 1);
  return terminal;
}

void Terminal::say(std::string_view text) {
  const std::string line = printable(text) + "\n";
  const std::scoped_lock lock(mutex_);
  clear_shown();
  std::fputs(line.c_str(), file_);
  std::fflush(file_);
}

void Terminal::show(std::string_view text) {
  if (!is_terminal_) return;
  const std::string line = printable_line(text);
  const std::scoped_lock lock(mutex_);
  clear_shown();
  // A line that is as wide as the terminal, or wider, would leave the row and could not be taken
  // away.
  std::fputs(std::string(cut_to_width(line, columns() - 1)).c_str(), file_);
  std::fflush(file_);
  shown_ = true;
}

void Terminal::clear() {
  const std::scoped_lock lock(mutex_);
  clear_shown();
  std::fflush(file_);
}

void Terminal::clear_shown() {
  if (shown_) std::fputs("\r\033[K", file_);
  shown_ = false;
}

std::size_t Terminal::columns() const {
  winsize size{};
  const bool known = ::ioctl(::fileno(file_), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80;
}

}  // namespace teller::cli
