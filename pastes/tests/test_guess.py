"""Which language a text is taken for: by its name, its first words, by votes."""

import json
import random
import sys
import time

import pytest

from pastes.highlight import MENU, guess_language
from pastes.highlight.lexer_child.votes import HEAD_LENGTH, elect

LEAST_ACCURACY = 0.85

# Written for this test. "=== key" begins a snippet in that language.
SNIPPETS = r"""
=== python
def mean(values):
    if not values:
        return None
    return sum(values) / len(values)
=== python
from pathlib import Path
import csv

with Path("in.csv").open() as source:
    for row in csv.reader(source):
        print(row[0])
=== python
class Basket:
    def __init__(self, owner):
        self.owner = owner
        self.items = []

    @property
    def total(self):
        return sum(item.price for item in self.items)
=== python
squares = [n * n for n in range(10) if n % 2]
print(f"{squares=}")
=== python
try:
    value = int(argument)
except ValueError as error:
    raise SystemExit(f"not a number: {error}")
=== javascript
const button = document.querySelector("#save");
button.addEventListener("click", () => {
  console.log("saved");
});
=== javascript
function debounce(fn, wait) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => fn(...args), wait);
  };
}
module.exports = debounce;
=== javascript
import { readFile } from "node:fs/promises";
const text = await readFile("notes.txt", "utf8");
if (text === undefined) throw new Error("empty");
=== javascript
var total = 0;
for (var i = 0; i < items.length; i++) {
  total += items[i].price;
}
=== typescript
interface User {
  id: number;
  name: string;
  email?: string;
}

export async function load(id: number): Promise<User> {
  const response = await fetch(`/users/${id}`);
  return response.json() as Promise<User>;
}
=== typescript
type Shape = { kind: "circle"; radius: number } | { kind: "square"; side: number };
const area = (shape: Shape): number =>
  shape.kind === "circle" ? Math.PI * shape.radius ** 2 : shape.side ** 2;
=== c
#include <stdio.h>

int main(void)
{
    for (int i = 0; i < 3; i++)
        printf("%d\n", i);
    return 0;
}
=== c
struct node {
    int value;
    struct node *next;
};

static void push(struct node **head, int value)
{
    struct node *fresh = malloc(sizeof(*fresh));
    fresh->value = value;
    fresh->next = *head;
    *head = fresh;
}
=== cpp
#include <iostream>
#include <vector>

int main() {
    std::vector<int> numbers{3, 1, 2};
    for (const auto& n : numbers) std::cout << n << '\n';
}
=== cpp
template <typename T>
class Stack {
public:
    void push(const T& value) { items_.push_back(value); }
    virtual ~Stack() = default;
private:
    std::deque<T> items_;
};
=== csharp
using System;
using System.Linq;

namespace Shop;

public class Order
{
    public int Id { get; set; }
    public decimal Total() => Lines.Sum(line => line.Price);
}
=== csharp
foreach (var file in Directory.GetFiles(path))
{
    Console.WriteLine($"{file}: {new FileInfo(file).Length}");
}
=== java
package org.example.shop;

import java.util.List;

public class Cart {
    private final List<String> items;

    public Cart(List<String> items) {
        this.items = items;
    }
}
=== java
public static void main(String[] args) throws IOException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(System.in));
    System.out.println(reader.readLine());
}
=== kotlin
data class Point(val x: Int, val y: Int)

fun main() {
    val points = listOf(Point(1, 2), Point(3, 4))
    println(points.maxOf { it.x })
}
=== scala
case class Book(title: String, year: Int)

object Library extends App {
  val books = List(Book("A", 1999), Book("B", 2005))
  def recent(after: Int): List[Book] = books.filter(_.year > after)
}
=== go
package main

import "fmt"

func main() {
	for i, word := range []string{"a", "b"} {
		fmt.Println(i, word)
	}
}
=== go
func (s *Store) Get(key string) ([]byte, error) {
	value, ok := s.items[key]
	if !ok {
		return nil, ErrNotFound
	}
	return value, nil
}
=== rust
use std::collections::HashMap;

fn count(words: &[&str]) -> HashMap<String, usize> {
    let mut seen = HashMap::new();
    for word in words {
        *seen.entry(word.to_string()).or_insert(0) += 1;
    }
    seen
}
=== rust
impl Parser {
    pub fn next(&mut self) -> Option<Token> {
        match self.peek()? {
            '(' => Some(Token::Open),
            _ => None,
        }
    }
}
=== swift
import Foundation

struct Trip: Codable {
    let name: String
    var days: Int
}

func longest(_ trips: [Trip]) -> Trip? {
    guard let first = trips.first else { return nil }
    return trips.reduce(first) { $0.days > $1.days ? $0 : $1 }
}
=== dart
import 'package:flutter/material.dart';

void main() => runApp(const App());

class App extends StatelessWidget {
  const App({super.key});

  @override
  Widget build(BuildContext context) => const Text('hello');
}
=== ruby
require "json"

class Report
  attr_reader :rows

  def initialize(rows)
    @rows = rows
  end

  def print_all
    rows.each { |row| puts row.to_json }
  end
end
=== ruby
names = %w[ann bob].map do |name|
  name.capitalize unless name.nil?
end
puts names.inspect
=== perl
use strict;
use warnings;

my %count;
while (my $line = <STDIN>) {
    chomp $line;
    $count{$_}++ for split /\s+/, $line;
}
print "$_ $count{$_}\n" foreach sort keys %count;
=== php
<?php
namespace App\Http;

class Home {
    public function index($request) {
        return $this->view->render('home', ['user' => $request->user()]);
    }
}
=== php
$query = $pdo->prepare('SELECT * FROM users WHERE id = ?');
$query->execute([$id]);
foreach ($query->fetchAll() as $row) {
    echo $row['name'];
}
=== lua
local function sum(list)
  local total = 0
  for _, value in ipairs(list) do
    total = total + value
  end
  return total
end
print(sum({1, 2, 3}))
=== bash
set -euo pipefail
for file in "$@"; do
  if [ -f "$file" ]; then
    gzip -k "$file"
  fi
done
=== bash
export PATH="$HOME/bin:$PATH"
sudo apt-get update && sudo apt-get install -y curl
curl -fsSL https://example.org/key.asc | gpg --dearmor > /usr/share/keyrings/x.gpg
=== bash
#!/usr/bin/env bash
ls
=== powershell
param (
    [string]$Path = "."
)
Get-ChildItem $Path -Recurse | Where-Object { $_.Length -gt 1MB } | ForEach-Object {
    Write-Host $_.FullName
}
=== batch
@echo off
setlocal
if not exist "%~1" goto usage
copy "%~1" "%TEMP%"
exit /b 0
:usage
echo usage: save FILE
=== sql
SELECT u.name, count(*) AS orders
FROM users u
JOIN orders o ON o.user_id = u.id
WHERE o.created_at > now() - interval '7 days'
GROUP BY u.name
ORDER BY orders DESC;
=== sql
create table pastes (
    id integer primary key,
    body text not null,
    created_at timestamp not null default now()
);
insert into pastes (id, body) values (1, 'x');
=== html
<!DOCTYPE html>
<html lang="en">
<head><title>Hi</title></head>
<body><p>Hello</p></body>
</html>
=== html
<div class="card">
  <h2>Title</h2>
  <p>Some words and a <a href="/more">link</a>.</p>
</div>
=== xml
<?xml version="1.0" encoding="UTF-8"?>
<note><to>Ann</to></note>
=== xml
<dependency>
  <groupId>org.example</groupId>
  <artifactId>core</artifactId>
  <version>1.2.3</version>
</dependency>
=== css
.card {
  margin: 0 auto;
  padding: 1rem;
  color: #333;
}

.card > h2:hover { text-decoration: underline; }
=== scss
$accent: #0a7;

@mixin round($size) {
  border-radius: $size;
}

.button {
  @include round(4px);
  &:hover { color: $accent; }
}
=== json
{"name": "paste", "tags": ["a", "b"], "size": 12, "public": true}
=== json
  "scripts": {
    "build": "vite build",
    "test": "vitest"
  },
  "license": "MIT",
=== yaml
version: "3"
services:
  web:
    image: nginx:1.27
    ports:
      - "80:80"
    environment:
      MODE: production
=== yaml
- name: install packages
  hosts: all
  tasks:
    - apt:
        name: nginx
        state: present
=== toml
[project]
name = "paste"
version = "1.0"
dependencies = ["django>=5", "pygments"]

[tool.ruff]
line-length = 88
=== ini
[Unit]
Description=Paste service
After=network.target

[Service]
ExecStart=/usr/bin/paste --port 8000
Restart=always
=== markdown
# Paste

A small site for **sharing text**.

- run `make start`
- see [the manual](docs/manual.md)
=== markdown
## Steps to reproduce

1. Open the page
2. Press *save*

```
Error: nothing happens
```
=== rst
Installation
============

.. code-block:: console

   $ pip install paste

See :ref:`settings` for what ``DEBUG`` does.
=== latex
\section{Results}
We find $x^2 + y^2$ as shown in \ref{fig:one}.
\begin{itemize}
  \item First
\end{itemize}
=== docker
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
CMD ["python", "-m", "paste"]
=== make
CC = gcc
OBJS = main.o list.o

app: $(OBJS)
	$(CC) -o $@ $^

.PHONY: clean
clean:
	rm -f app $(OBJS)
=== cmake
project(paste C)
find_package(ZLIB REQUIRED)
add_executable(paste main.c)
target_link_libraries(paste PRIVATE ZLIB::ZLIB)
=== nginx
server {
    listen 80;
    server_name example.org;
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
=== terraform
resource "aws_s3_bucket" "pastes" {
  bucket = var.bucket_name
  tags = {
    Name = "pastes"
  }
}
=== haskell
module Main where

import qualified Data.Map as Map

count :: [String] -> Map.Map String Int
count = foldr (\word -> Map.insertWith (+) word 1) Map.empty

main :: IO ()
main = putStrLn "hello"
=== elixir
defmodule Counter do
  use GenServer

  def start_link(initial) do
    GenServer.start_link(__MODULE__, initial)
  end

  def handle_call(:get, _from, state), do: {:reply, state, state}
end
=== erlang
-module(greet).
-export([hello/1]).

hello(Name) when is_list(Name) ->
    io:format("Hello ~s~n", [Name]).
=== clojure
(ns shop.core
  (:require [clojure.string :as str]))

(defn total [items]
  (->> items (map :price) (reduce +)))
=== r
library(ggplot2)
scores <- read.csv("scores.csv")
means <- tapply(scores$value, scores$group, mean)
ggplot(scores, aes(x = group, y = value)) + geom_boxplot()
=== diff
--- a/main.py
+++ b/main.py
@@ -1,3 +1,3 @@
 import os
-print(1)
+print(2)
=== html+django
{% extends "base.html" %}
{% block content %}<p>{{ user.name }}</p>{% endblock %}
=== pytb
Traceback (most recent call last):
  File "main.py", line 3, in <module>
    main()
ValueError: no
=== console
$ ls -l
total 4
-rw-r--r-- 1 ann ann 12 Jan  1 10:00 notes
=== http
HTTP/1.1 404 Not Found
Content-Type: text/plain

nothing here
=== vim
set number
set tabstop=4
nnoremap <leader>w :w<CR>
autocmd FileType python setlocal expandtab
=== graphql
query Viewer($first: Int!) {
  viewer {
    login
    repositories(first: $first) { totalCount }
  }
}
=== text
Dear all,

the meeting on Thursday is moved to room 4. Please bring the printed notes,
and let me know if you cannot come. We will import the new data from the old
system, select a chair, and order lunch for everyone in the class.
=== text
2026-01-04 10:00:01,113 INFO  [main] server started on port 8080
2026-01-04 10:00:02,871 WARN  [pool-1] slow query: SELECT * FROM users WHERE id = 3
2026-01-04 10:00:03,004 ERROR [pool-1] java.lang.NullPointerException: null
=== text
203.0.113.9 - - [04/Jan/2026:10:00:01 +0000] "GET /index.html HTTP/1.1" 200 512
203.0.113.9 - - [04/Jan/2026:10:00:02 +0000] "GET /style.css HTTP/1.1" 304 0
=== text
Jan  4 10:00:01 web1 sshd[811]: Failed password for root from 203.0.113.9 port 22
Jan  4 10:00:04 web1 CRON[820]: (root) CMD (run-parts /etc/cron.hourly)
=== text
milk
eggs
bread
two lemons
=== text
https://example.org/a/long/path?with=query
https://example.org/another
=== text
correct horse battery staple
=== text
name,age,city
Ann,31,Oslo
Bob,27,Bergen
=== text
To whom it may concern: if the package does not arrive while we are away, return it
to the sender. Use the side door. For class notes, ask at the desk; then end the call.
Thanks!
"""


def labelled() -> list[tuple[str, str]]:
    """The snippets with the key of their language."""
    parts = SNIPPETS.lstrip("\n").removeprefix("=== ").split("\n=== ")
    return [tuple(part.split("\n", 1)) for part in parts]


def test_most_snippets_are_guessed_right() -> None:
    snippets = labelled()
    guesses = [(key, guess_language(text, seconds=5), text) for key, text in snippets]
    wrong = [row for row in guesses if row[0] != row[1]]
    accuracy = 1 - len(wrong) / len(guesses)
    languages = {key for key, _ in snippets}
    report = [
        f"{accuracy:.1%} of {len(guesses)} snippets in {len(languages)} languages"
    ]
    report += [f"{key} taken for {guess}: {text[:60]!r}" for key, guess, text in wrong]
    sys.stdout.write("\n".join(report) + "\n")
    assert len(guesses) >= 60
    assert len(languages) >= 20
    assert accuracy >= LEAST_ACCURACY


@pytest.mark.parametrize("text", [text for key, text in labelled() if key == "text"])
def test_prose_and_logs_are_plain_text(text: str) -> None:
    assert guess_language(text, seconds=5) == "text"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Dockerfile", "docker"),
        ("Dockerfile.dev", "docker"),
        ("src/Makefile", "make"),
        ("CMakeLists.txt", "cmake"),
        (".bashrc", "bash"),
        ("C:\\work\\Main.JAVA", "java"),
        ("a.py", "python"),
        ("a.h", "c"),
        ("a.ts", "typescript"),
        ("a.r", "r"),
        ("a.pl", "perl"),
        ("server.log", "text"),
        ("notes.txt", "text"),
        ("uv.lock", "toml"),
    ],
)
def test_file_name_decides(name: str, key: str) -> None:
    assert guess_language("select 1 from x;", name) == key


def test_content_settles_an_extension_of_two_languages() -> None:
    assert guess_language("namespace a { class B; }", "a.h") == "cpp"
    assert guess_language("#import <Foundation/Foundation.h>", "a.m") == "objective-c"
    assert guess_language("x = zeros(3);", "a.m") == "matlab"


def test_unknown_extension_leaves_the_decision_to_the_text() -> None:
    assert guess_language("#!/bin/sh\nls", "run.unknown") == "bash"
    assert guess_language("#!/bin/sh\nls", "x" * 500) == "bash"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("#!/usr/bin/env python3\nx", "python"),
        ("#!/usr/bin/env -S node --no-warnings\n", "javascript"),
        ("#! /usr/local/bin/Rscript\n", "r"),
        ("# -*- mode: ruby -*-\nx", "ruby"),
        ("# vim: set ts=4 ft=perl :\nx", "perl"),
        ("\ufeff<?xml version='1.0'?><a/>", "xml"),
        ("diff --git a/x b/x\n", "diff"),
        ("\n\nTraceback (most recent call last):\n  x", "pytb"),
        (">>> 1 + 1\n2\n", "pycon"),
        ("ann@host:~$ ls\nnotes\n", "console"),
        ("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "http"),
        ("[1, 2, {}]", "json"),
        ('{"a": 1}\n{"a": 2}\n', "json"),
        ("", "text"),
        (" \n\t\n", "text"),
        ("[not json", "text"),
        ("[" * 100_000, "text"),
        ("\x00\ud800", "text"),
    ],
)
def test_sure_signs_decide(text: str, key: str) -> None:
    assert guess_language(text, seconds=5) == key


def test_guess_is_always_on_the_menu() -> None:
    keys = {language.key for language in MENU}
    dice = random.Random(7)
    pieces = [text for _, text in labelled()]
    for _ in range(60):
        text = "".join(dice.choice(pieces)[: dice.randrange(200)] for _ in range(3))
        assert guess_language(text, dice.choice(["", "a.foo", "b.cob"])) in keys


def test_huge_text_is_judged_by_its_head() -> None:
    text = "import os\nprint(os.getcwd())\n" * 200_000
    assert guess_language(text, seconds=5) == "python"
    assert guess_language(json.dumps(["x" * 300_000]), seconds=5) in {"json", "text"}


@pytest.mark.parametrize(
    "piece",
    ["a", " ", "\t", "a ", "a.", "a: ", "<a ", '"', "\\", "$", "(", "::", "a_", "- ",
     "\n ", "let a ", "import a.", '<a b="', "a,", "=", "[a", "0.", "for a in ", "A"],
)  # fmt: skip
def test_hostile_text_is_counted_in_bounded_time(piece: str) -> None:
    text = (piece * HEAD_LENGTH)[:HEAD_LENGTH]
    start = time.process_time()
    elect(text)
    assert time.process_time() - start < 1
