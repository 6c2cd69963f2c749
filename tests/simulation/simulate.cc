// Runs the simulation: simulate [embedded|service|both] [--seeds N] [--first S] [--seed S]
// [--trace]
//
//   --seeds N   so many runs of each form (1000); 0: until one fails
//   --first S   begin with this seed (1)
//   --seed S    this one only, and say what happens in it
//
// Ends with 1 at the first run in which something does not hold, and prints the command that
// repeats it.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "world.h"

namespace teller::simulation {
namespace {

struct Form {
  std::string_view name;
  void (*run)(std::uint64_t seed, bool trace);
};

constexpr Form forms[] = {{"embedded", run_embedded}, {"service", run_service}};

[[noreturn]] void check_is_broken(std::string_view fact, const char* file, int line) {
  throw Broken(std::string(file) + ":" + std::to_string(line) + ": check: " + std::string(fact));
}

bool holds(const Form& form, std::uint64_t seed, bool trace) {
  try {
    form.run(seed, trace);
    return true;
  } catch (const Broken& broken) {
    std::printf("FAILED %s, seed %llu: %s\nrepeat it with: simulate %s --seed %llu\n",
                form.name.data(), static_cast<unsigned long long>(seed), broken.what(),
                form.name.data(), static_cast<unsigned long long>(seed));
    return false;
  }
}

int main(int argc, char** argv) {
  std::string_view which = "both";
  std::uint64_t seeds = 1000, first = 1;
  bool trace = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0ULL; };
    if (word == "--seeds") {
      seeds = number();
    } else if (word == "--first") {
      first = number();
    } else if (word == "--seed") {
      first = number();
      seeds = 1;
      trace = true;
    } else if (word == "embedded" || word == "service" || word == "both") {
      which = word;
    } else {
      std::fprintf(stderr,
                   "usage: simulate [embedded|service|both] [--seeds N] [--first S] [--seed S]\n");
      return 2;
    }
  }
  set_check_handler(check_is_broken);
  std::setvbuf(stdout, nullptr, trace ? _IOFBF : _IOLBF, 1 << 16);
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t seed = first; seeds == 0 || seed < first + seeds; ++seed) {
    for (const Form& form : forms) {
      if (which != "both" && which != form.name) continue;
      if (!holds(form, seed, trace)) return 1;
    }
    if (seeds == 0 && seed % 1000 == 0) {
      std::printf("%llu seeds\n", static_cast<unsigned long long>(seed - first) + 1);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%llu seeds, all good, %.1f s\n", static_cast<unsigned long long>(seeds),
              took.count());
  return 0;
}

}  // namespace
}  // namespace teller::simulation

int main(int argc, char** argv) { return teller::simulation::main(argc, argv); }
