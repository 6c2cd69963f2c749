#include "base/error.h"

namespace teller {

Error during(std::string_view activity, Error error) {
  error.detail.insert(0, ": ").insert(0, activity);
  return error;
}

std::string to_text(const Error& error) {
  return std::string(error.code.text()).append(": ").append(error.detail);
}

}  // namespace teller
