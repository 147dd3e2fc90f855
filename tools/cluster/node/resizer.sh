#!/bin/sh
# Grants what claims of the class local-path-expandable ask for: directories have no size, so growing is a matter of record.
export KUBECONFIG=/run/cluster/pki/admin.kubeconfig
fields='{.spec.storageClassName} {.status.phase} {.metadata.namespace} {.metadata.name} {.spec.volumeName} {.spec.resources.requests.storage} {.status.capacity.storage}'
kubectl get persistentvolumeclaims --all-namespaces --watch --output "jsonpath=$fields{\"\\n\"}" | while read -r class phase namespace name volume wanted granted; do
    if [ "$class $phase" != "local-path-expandable Bound" ] || [ "$wanted" = "$granted" ]; then continue; fi
    kubectl patch persistentvolume "$volume" --patch "{\"spec\":{\"capacity\":{\"storage\":\"$wanted\"}}}"
    kubectl patch persistentvolumeclaim "$name" --namespace "$namespace" --subresource status --patch "{\"status\":{\"capacity\":{\"storage\":\"$wanted\"}}}"
done
