// What commands write to stderr: lines that stay, and one line that is written over while work goes
// on. A line that stays never lands in the middle of the other one.
//
// Safe from any thread.
#pragma once

#include <cstdio>
#include <mutex>
#include <string_view>

namespace teller::cli {

class Terminal {
 public:
  // Of the process.
  [[nodiscard]] static Terminal& standard_error();
  // `file` outlives it. `is_terminal`: a person looks at it, so a line can be written over.
  Terminal(std::FILE* file, bool is_terminal) : file_(file), is_terminal_(is_terminal) {}

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  // Writes a line that stays, made printable (terminal_text.h).
  void say(std::string_view text);
  // Writes a line over the last one that was shown, cut to the terminal. Only on a terminal.
  void show(std::string_view text);
  // Takes away the line that is shown.
  void clear();

 private:
  void clear_shown();
  [[nodiscard]] std::size_t columns() const;

  std::FILE* const file_;
  const bool is_terminal_;
  std::mutex mutex_;
  bool shown_ = false;
};

}  // namespace teller::cli
