/*
 * Words of operations people, in groups of one meaning. They are general English: no sentence of a known conversation
 * stands here. Phrases are parts of regular expressions, with ` /` between them.
 */

/** An expression of any of some phrases as whole words, in any case. */
export function anyOf(...groups: readonly (readonly string[])[]): string {
  return `(?:${groups.flat().join('|')})`;
}

function phrases(text: string): readonly string[] {
  return text.split(' /').map((phrase) => phrase.trim());
}

/** Things that people speak of beside the nodes, and that are no nodes to look at. */
export const foreignThings = phrases(String.raw`
  jump[- ]?(?:host|box|server|node|machine)s? / jump / hop / bastion / gateways? / gw / proxy / proxyjump /
  relay / vpn / nat / bmcs? / ipmi / idrac / ilo / xcc / redfish / drac / oob / out-of-band /
  management (?:controller|card|board|port|interface)s? / pdus? / ups / kvm / con(?:sole )?servers? /
  console(?: server)? / switch(?:es)? / sw-\w+ / leaf(?:[- ]?\w+)? / spine(?:[- ]?\w+)? / tor(?:[- ]?\d+)? /
  routers? / firewall / load ?balancer / vip / ingress / subnet manager / opensm / ufm / head ?node /
  login ?node / submit (?:host|node) / front-?end / control(?:ler)?(?: plane| node)? / slurmctld / slurmdbd /
  scheduler / api ?server / prom\w* / grafana / alertmanager / exporters? / monitoring\w* / monitor / zabbix /
  nagios / icinga / telemetry / collector / syslog\w* / log ?(?:host|server|collector) / loki / kibana /
  elastic\w* / temporal / nfs(?: ?server)? / nas / filers? / file ?server / storage(?: \w+)? / appliance /
  ceph / lustre / mds / mgs / oss / weka / minio / s3 / object store / metadata server / registry / mirror /
  repo(?:sitory)? / cache server / dns / resolver / nameserver / ntp / time ?server / ldap / kerberos / dhcp /
  pxe / tftp / provisioning / licen[cs]e(?: server)? / laptop / my (?:own )?(?:workstation|pc|mac) / desktop /
  notebook / jupyter / dashboard / tensorboard / wandb / mlflow / gitlab / jenkins / ci / database / db /
  redis / etcd / backup(?: \w+)? / wiki / web ?server / chiller / sensor / docker bridge / bridge / multicast /
  broadcast / netmask / subnet / vtep
`);

/** What people call the nodes themselves. */
export const nodeThings = phrases(String.raw`
  nodes? / hosts? / box(?:es)? / machines? / workers? / servers? / systems? / computers? / dgx\w* / hgx /
  trainers? / blades? / instances? / vms? / ranks? / clients? / gpu \w+
`);

/** Verbs by which an operator sends somebody to a node. */
export const lookVerbs = phrases(String.raw`
  look(?:ing|s)? / check / inspect / examine / read / go / take / try / do / pick / choose / use / focus /
  concentrate / stay / stick / keep (?:to|going|on) / remain / finish / continue / carry on / proceed /
  compare / test / probe / query / peek / see / show / log ?in(?:to)? / log on / ssh (?:in)?to / connect /
  need / want / dig / cover / have / eyes on / limit / restrict / confine / narrow / get / fetch / collect /
  dump / list / grab / pull / gather / measure / watch / trace / sample / record / count / investigate /
  follow up / verify / confirm / diagnose / study / scan / walk / hit / visit / poke / work / run / strace /
  switch / interest(?:s|ed)? / matters? / counts / suffices? / will do / is enough / are enough / it is /
  remains? / i'd like / let us / let's
`);

/** A choice that leaves the others behind. */
export const onlyWords = phrases(String.raw`
  only / just / solely / alone / exclusively / nothing but / no other / nothing else / will do /
  (?:is|are) enough / suffices? / concentrate / focus / narrow / limit / restrict / confine / stay with /
  stick (?:with|to) / keep to / it is / remains?
`);

/** Adds to what was chosen. */
export const alsoWords = phrases(String.raw`
  also / too / as well / add / include / including / plus / in addition / additionally / on top / back in /
  again / bring / take (?:it|that|them|@[\d+]+) (?:back )?(?:in|along|on)\b /
  put (?:it|that|them|@[\d+]+) (?:back|on) / another / count .{0,20}\bin /
  as an? (?:reference|control|witness|baseline|comparison|yardstick) / for (?:reference|comparison) / next /
  now / afterwards / extend / widen
`);

/** Says of an order only, and chooses nothing. */
export const firstWords = phrases(String.raw`
  first / start(?:ing)? / begin(?:ning)? / at first / to begin / front / top / priority
`);
export const lastWords = phrases(String.raw`
  last / to the end / at the very end / finally / lastly / afterwards / later
`);

/** Before a node: it is not to be looked at. `@` is the node. */
export const leaveVerbs = phrases(String.raw`
  skip / leave / ignore / forget / drop / omit / exclude / excluding / spare / strike / remove / scratch /
  cross / disregard / keep (?:away|off|clear|your hands|out) / stay (?:away|off|clear|out) / hands off /
  (?:off|out of) limits / without / except / apart from / aside from / other than / minus / save for / all but /
  everything but / rather than / instead of / take / no need (?:for|to) / nothing (?:to|wrong|on|for) /
  rule out / avoid /
  (?:don't|do not|never|please no|no one|nobody|not to|needn't|need not|mustn't|must not|can't|cannot|can not|shouldn't|won't|wouldn't) /
  not / neither / nor / no longer / no more / never mind / unlike / compared (?:to|with) / in contrast to /
  as opposed to
`);

/** What is said of a node, after it, that takes it out of the work. */
export const innocent = phrases(String.raw`
  fine / ok / okay / healthy / clean / good / quick / fast / normal / innocent / unaffected / alright /
  all right / happy / sane / quiet / stable / calm / well / green / flawless\w* / perfect\w* / correct(?:ly)? /
  fault(?:less|-free) / unrelated / irrelevant / uninteresting /
  without (?:complaint|a? ?(?:problem|issue|trouble|error|hitch))s?
`);
export const away = phrases(String.raw`
  out / off / gone / dead / dark / retired / decommissioned / scrapped / spare / excluded / elsewhere / busy /
  booked / reserved / in use / in maintenance / in repair /
  being (?:repaired|reinstalled|replaced|rebuilt|reimaged|used|serviced) / switched off / powered (?:off|down) /
  at the vendor /
  (?:some(?:one|body) else|another (?:team|group|user|customer|tenant)|(?:a|my|our) (?:colleague|customer|tenant|neighbou?r))(?:'s)? /
  with (?:the|our|another|some) \w+ /
  not (?:needed|required|ours|mine|part|it|in|involved|affected|to be|yours|relevant|concerned|comparable|interesting|one of|for you|wanted|worth) /
  a typo / (?:flagged |listed |named |there )?(?:by (?:mistake|accident)|in error) /
  a (?:mistake|false (?:alarm|positive)) / wrong / mistyped / (?:mine|theirs|hers|his|yours)
`);
