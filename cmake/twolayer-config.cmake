include(CMakeFindDependencyMacro)
find_dependency(Eigen3 CONFIG)
include(${CMAKE_CURRENT_LIST_DIR}/twolayer-targets.cmake)
