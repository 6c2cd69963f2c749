// The files of tests/vectors: what programs that are not ours made of schema/entry.md.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace teller {

// The bytes of tests/vectors/`name`; empty if there is no such file.
inline std::string vector_file(const std::string& name) {
  std::ifstream file(std::string(TELLER_SOURCE_DIR) + "/tests/vectors/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace teller
