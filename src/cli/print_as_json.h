// JSON for a program that reads what a command prints. Texts of it may come from a store or a file that somebody damaged:
// bytes that are not UTF-8 are replaced, for a command that ends without a word has found nothing.
#pragma once

#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

namespace teller::cli {

// `indent`: of the lines; -1: all of it on one line.
template <typename Json>
void print_as_json(const Json& json, int indent = 2, std::FILE* to = stdout) {
  const std::string text = json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), to);
}

}  // namespace teller::cli
