#include "host/failed_answer.h"

namespace teller {

HttpResponse failed_answer(const Error& error) {
  // The journal was away for as long as it was tried: no fault of this process.
  if (error.code == Code("load.gave_up")) return busy_response(error.code, error.detail);
  switch (error.remedy) {
    case Remedy::reject:
      return error_response(400, error.code, error.detail);
    case Remedy::retry:
    case Remedy::abort:
      return busy_response(error.code, error.detail);
    case Remedy::stop:
      break;
  }
  return error_response(500, error.code, error.detail);
}

}  // namespace teller
