import { isThrowAway } from "../durability";
import { dataContainers } from "../kubernetes";
import { forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "data-on-a-volume",
    pack: "compliance",
    title: "Data servers keep their data on a volume.",
    severity: "critical",
    topic: "Deletion",
    why: "Without one the data ends with the pod: at the next restart, the next update, the next full node.",
    fix: "Give the StatefulSet a volumeClaimTemplate, or mount a PersistentVolumeClaim; RabbitmqCluster: spec.persistence.storage.",
    references: {},
    config: {
        engines: {
            type: "array",
            items: { type: "string" },
            description: "The servers whose data counts.",
            default: ["postgresql", "rabbitmq", "mysql", "mongodb"],
        },
    },
    checks: {
        ...forTypes(type.workloads, (facts, circumstances) => {
            const servers = dataContainers(facts).filter(({ engine }) => (circumstances.config.engines as string[]).includes(engine));
            if (servers.length === 0 || isThrowAway(circumstances)) {
                return undefined;
            }
            const hasVolume =
                facts.list("spec.volumeClaimTemplates").length > 0 ||
                facts.items("spec.template.spec.volumes").some((volume) => volume.isSet("persistentVolumeClaim"));
            return hasVolume ? undefined : { found: `${servers[0]?.engine} runs without a PersistentVolumeClaim, which means that its data is in the pod` };
        }),
        [type.rabbitmqCluster]: (facts, circumstances) => {
            const storage = facts.read("spec.persistence.storage");
            const isNone = /^0+(\.0*)?[A-Za-z]*$/.test(String(storage)) || facts.isSet("spec.persistence.emptyDir");
            return isNone && !isThrowAway(circumstances) ? { found: "spec.persistence keeps the data in the pod" } : undefined;
        },
    },
};
