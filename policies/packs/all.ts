import { servePack } from "../adapter";
import { packs } from "../rule";

servePack(...packs);
