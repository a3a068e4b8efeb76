import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ClusterState } from './domain/cluster-rules.ts';
import type { IncidentView } from './domain/incident-view.ts';
import type { WatchSettings } from './domain/perf-watch.ts';
import type { PerfWatchView } from './perf-watch.ts';

/** Names of messages are stored in histories: never renamed. Payloads are `unknown`: anybody can send one. */
export const alertObserved = defineSignal<[unknown]>('alertObserved');
export const approveProposal = defineSignal<[unknown]>('approveProposal');
export const rejectProposal = defineSignal<[unknown]>('rejectProposal');
export const approveProposalUpdate = defineUpdate<string, [unknown]>('approveProposal');
export const rejectProposalUpdate = defineUpdate<string, [unknown]>('rejectProposal');
export const addNote = defineSignal<[unknown]>('addNote');
export const correctVerdict = defineSignal<[unknown]>('correctVerdict');
export const humanActionDone = defineSignal<[unknown]>('humanActionDone');
/** From the cluster entity to the incident into which another one was merged. */
export const incidentMerged = defineSignal<[unknown]>('incidentMerged');
export const incidentView = defineQuery<IncidentView>('incidentView');

export const ask = defineSignal<[unknown]>('ask');
export const clusterReply = defineSignal<[unknown]>('clusterReply');
export const stopRemediation = defineSignal<[unknown]>('stopRemediation');
export const resumeRemediation = defineSignal<[unknown]>('resumeRemediation');
export const clusterState = defineQuery<ClusterState>('clusterState');

export const pauseWatch = defineSignal<[unknown]>('pauseWatch');
export const resumeWatch = defineSignal<[unknown]>('resumeWatch');
export const stopWatch = defineSignal<[unknown]>('stopWatch');
export const setWatchSettings = defineSignal<[unknown]>('setWatchSettings');
export const setWatchSettingsUpdate = defineUpdate<WatchSettings, [unknown]>('setWatchSettings');
export const perfWatchView = defineQuery<PerfWatchView>('perfWatchView');
