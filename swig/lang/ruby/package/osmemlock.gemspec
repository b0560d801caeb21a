# SPDX-License-Identifier: MIT OR Apache-2.0
Gem::Specification.new do |gem|
  gem.name = "osmemlock"
  gem.version = "@VERSION@"
  gem.summary = "Secrets in locked memory"
  gem.description = "Holds secrets out of swap, core dumps and forked children, wipes them, and tells which of these protections are in effect."
  gem.authors = ["the osmemlock authors"]
  gem.licenses = ["MIT", "Apache-2.0"]
  gem.homepage = "https://@HOME@"
  gem.required_ruby_version = ">= 3.1"
  gem.files = Dir["ext/*", "sig/*", "LICENSE-*", "ruby.md"]
  gem.extra_rdoc_files = ["ruby.md"]
  gem.extensions = ["ext/extconf.rb"]
end
