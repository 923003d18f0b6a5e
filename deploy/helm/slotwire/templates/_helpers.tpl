{{- define "slotwire.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}-slotwire
{{- end }}

{{- define "slotwire.labels" -}}
app.kubernetes.io/name: slotwire
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "slotwire.allLabels" -}}
{{ include "slotwire.labels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "slotwire.image" -}}
{{ required "image.repository: name the image" .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What every pod is: no root, nothing written but the volume, no token of the cluster. */}}
{{- define "slotwire.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: data
    emptyDir: {}
  - name: secrets
    secret:
      secretName: {{ required "existingSecret: name a secret with DATABASE_URL, REDIS_URL, ADMIN_TOKEN and ENCRYPTION_KEYS" .Values.existingSecret }}
      defaultMode: 0440
{{- end }}

{{/* What every container has. */}}
{{- define "slotwire.container" -}}
image: {{ include "slotwire.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: data
    mountPath: /data
  - name: secrets
    mountPath: /etc/slotwire
    readOnly: true
env:
  - name: PUBLIC_URL
    value: {{ required "publicUrl: say where the gateway is reached" .Values.publicUrl | quote }}
  - name: HOST
    value: "0.0.0.0"
  - name: PORT
    value: "4000"
  - name: METRICS_PORT
    value: {{ .Values.metricsPort | quote }}
  - name: DATA_DIR
    value: /data
  {{- with .Values.trustedProxies }}
  - name: TRUSTED_PROXIES
    value: {{ . | quote }}
  {{- end }}
  {{- range .Values.secretKeys }}
  - name: {{ . }}_FILE
    value: /etc/slotwire/{{ . }}
  {{- end }}
  {{- range $name, $value := .Values.env }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
{{- end }}
