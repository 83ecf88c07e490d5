package dev.horae.study.cases;

import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;

/**
 * One of the runs that are compared.
 *
 * @param name unlike that of every other side
 * @param ranks of the test users
 */
record Side(String name, TrainedRun run, RunDirectory.Ranks ranks) {}
