// Runs every input that a fuzzer once found something with, and every seed of today:
//
//   fuzz_regressions FOLDER…     each holds a folder a target
//
// Ends with a crash (the input's name is printed before) or with 0.
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "fuzz/target.h"

using namespace teller;
namespace fs = std::filesystem;

int main(int count, char** folders) {
  for (int i = 1; i < count; ++i) {
    std::size_t inputs = 0;
    for (const auto& folder : fs::directory_iterator(folders[i])) {
      const std::string name = folder.path().filename();
      bool found = false;
      for (const fuzz::Target& target : fuzz::targets()) {
        if (target.name != name) continue;
        found = true;
        for (const auto& file : fs::directory_iterator(folder)) {
          std::fprintf(stderr, "%s\n", file.path().c_str());
          const auto text = read_file(file.path());
          check(text.has_value(), "an input can be read");
          // A copy of exactly this size, so that a sanitizer sees a byte too many that is read.
          const Bytes input(text->begin(), text->end());
          target.run(input);
          ++inputs;
        }
      }
      if (!found) {
        std::fprintf(stderr, "%s: there is no target of this name\n", folder.path().c_str());
        return 1;
      }
    }
    if (inputs == 0) {
      std::fprintf(stderr, "%s holds no input\n", folders[i]);
      return 1;
    }
  }
  return count > 1 ? 0 : 1;
}
