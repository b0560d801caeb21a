# SPDX-License-Identifier: MIT OR Apache-2.0
"""The C library for Conan 2, beside its sources."""
import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load

HEADER = "core/include/osmemlock.h"


class Osmemlock(ConanFile):
    name = "osmemlock"
    description = "Memory for secrets: locked, undumpable, wiped"
    license = "MIT OR Apache-2.0"
    author = "the osmemlock authors"
    homepage = url = "https://@HOME@"
    topics = ("mlock", "secrets", "memory", "security")
    package_type = "library"
    languages = "C"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}
    exports_sources = "CMakeLists.txt", "LICENSE-*", "core/*"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, HEADER))
        numbers = re.findall(r"#define OSML_VERSION_[A-Z]+ (\d+)", header)
        self.version = ".".join(numbers) + re.search(r'#define OSML_VERSION_LABEL "(.*)"', header)[1]

    def validate(self):
        if self.settings.os == "Windows":
            raise ConanInvalidConfiguration("osmemlock is built by its CMakeLists.txt on Windows; nobody has tried this recipe there")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES"):
            toolchain.cache_variables[f"OSML_BUILD_{part}"] = False
        toolchain.cache_variables["OSML_INSTALL"] = False  # Conan makes the files for CMake and pkg-config itself
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build(target="osmemlock_shared" if self.options.shared else "osmemlock_static")

    def package(self):
        built = os.path.join(self.build_folder, "core")
        copy(self, "LICENSE-*", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "osmemlock.h", os.path.join(self.source_folder, "core/include"), os.path.join(self.package_folder, "include"))
        for pattern in ("*.a", "*.so*", "*.dylib"):
            copy(self, pattern, built, os.path.join(self.package_folder, "lib"), keep_path=False)

    def package_info(self):
        self.cpp_info.libs = ["osmemlock"]
        self.cpp_info.set_property("cmake_target_name", "osmemlock::shared" if self.options.shared else "osmemlock::static")
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
