// For tests only: what a command of the shell says.
#pragma once

#include <array>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace teller {

// All that `command` writes to its standard output. A test in which it cannot be run, or ends with another code than 0,
// has failed.
inline std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << "cannot run " << command;
    return output;
  }
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << output;
  return output;
}

}  // namespace teller
